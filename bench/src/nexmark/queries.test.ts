import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { beforeAll, expect, it } from 'vitest';
import { canonical, firstDifference } from './canonical.ts';
import { EventBatches } from './generator/batches.ts';
import type { NexmarkConfig } from './generator/config.ts';
import { NexmarkGenerator } from './generator/generator.ts';
import { nexmarkQueries } from './queries.ts';
import { type NexmarkRunOptions, type QueryStreams, startNexmark } from './run.ts';

/** With NEXMARK_TEST=full 100,000 events of 5 seeds, and each query in workers of its own as well, which takes minutes. */
const FULL = process.env.NEXMARK_TEST === 'full';
const EVENTS = FULL ? 100_000 : 20_000;
const SEEDS = FULL ? [1, 2, 3, 4, 5] : [1, 2];
const ALL = new URL('./queries/all.job.ts', import.meta.url);

/** Slow enough for many windows and sessions; across midnight for odd seeds, across 8 h for even ones. */
const configOf = (seed: number): Partial<NexmarkConfig> => ({
  seed,
  rate: 400,
  baseTime: seed % 2 === 1 ? 86_400_000 - 20_000 : 10 * 86_400_000 + 8 * 3_600_000 - 20_000,
});

const inputs = SEEDS.map((seed) => {
  const generator = new NexmarkGenerator(configOf(seed));
  const batches = new EventBatches(generator, EVENTS, 1000);
  const generate = { config: configOf(seed), events: EVENTS };
  return { seed, batches, generate, baseTime: generator.config.baseTime, all: generator.range(0, EVENTS) };
});

type Rows = Map<string, unknown[]>;

/** All rows of each output of a job, from the first batch until everything has ended. */
async function rowsOf<S>(
  job: URL,
  { batches, baseTime, all }: (typeof inputs)[number],
  options: Pick<NexmarkRunOptions<S>, 'backend' | 'params' | 'outputs'>,
): Promise<Rows> {
  const rows: Rows = new Map();
  const sink = (output: string, more: readonly unknown[]) => {
    const before = rows.get(output);
    if (before === undefined) rows.set(output, [...more]);
    else for (const row of more) before.push(row);
  };
  const run = await startNexmark<S>(job, { ...options, baseTime, sink });
  try {
    for (let k = 0; k < batches.count + batches.drain; k++) {
      const { from, to } = batches.rangeOf(k);
      await run.batch(options.params.generate === undefined ? all.slice(from, to) : null);
    }
  } finally {
    await run.close();
  }
  return rows;
}

const query = { outputs: ({ output }: QueryStreams) => ({ output }) };
/** Rows of all queries on threads, by seed: workers take a second to start, so they run all of them. */
const threaded = new Map<number, Rows>();

beforeAll(async () => {
  for (const input of inputs) {
    const params = { partitions: 2, generate: input.generate };
    const outputs = (streams: Record<string, QueryStreams['output']>) => streams;
    threaded.set(input.seed, await rowsOf(ALL, input, { backend: threads({ workers: 2 }), params, outputs }));
  }
}, 600_000);

it.each(nexmarkQueries)(
  '$id gives what its oracle gives: $title',
  async ({ id, job, oracle, compared }) => {
    for (const input of inputs) {
      const expected = canonical(oracle(input.all), compared);
      expect(expected.length, `seed ${input.seed}`).toBeGreaterThan(0);
      const compare = (rows: Rows, output: string, where: string) => {
        const found = canonical(rows.get(output) ?? [], compared);
        expect(firstDifference(found, expected), `${where}, seed ${input.seed}`).toBeNull();
      };
      compare(threaded.get(input.seed) ?? new Map(), id, 'threads(2), all queries');
      compare(await rowsOf(job, input, { ...query, backend: single(), params: {} }), 'output', 'single, from a queue');
      if (!FULL) continue;
      const ofQueue = { ...query, backend: threads({ workers: 2 }), params: { partitions: 2 } };
      compare(await rowsOf(job, input, ofQueue), 'output', 'threads(2), from a queue');
    }
  },
  600_000,
);
