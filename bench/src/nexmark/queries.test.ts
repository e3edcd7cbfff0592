import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { beforeAll, describe, expect, it } from 'vitest';
import { canonical, firstDifference } from './canonical.ts';
import { crossingConfig } from './crossing.ts';
import { EventBatches } from './generator/batches.ts';
import { NexmarkGenerator } from './generator/generator.ts';
import { nexmarkQueries } from './queries.ts';
import { type NexmarkRunOptions, type QueryStreams, startNexmark } from './run.ts';

/** With NEXMARK_TEST=full 100,000 events of 5 seeds, which takes minutes. */
const FULL = process.env.NEXMARK_TEST === 'full';
const EVENTS = FULL ? 100_000 : 20_000;
const SEEDS = FULL ? [1, 2, 3, 4, 5] : [1, 2];
/** Only ends what hangs. */
const LIMIT_MS = 600_000;
const ALL = new URL('./queries/all.job.ts', import.meta.url);

function inputOf(seed: number) {
  const generator = new NexmarkGenerator(crossingConfig(seed));
  const batches = new EventBatches(generator, EVENTS, 1000);
  return { batches, baseTime: generator.config.baseTime, all: generator.range(0, EVENTS) };
}

type Rows = Map<string, unknown[]>;

/** All rows of each output of a job, from the first batch until everything has ended. */
async function rowsOf<S>(
  job: URL,
  { batches, baseTime, all }: ReturnType<typeof inputOf>,
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

const ofQuery = ({ output }: QueryStreams) => ({ output });

describe.each(SEEDS)('seed %i', (seed) => {
  const input = inputOf(seed);
  /** Rows of all queries on threads: workers take a second to start, so they run all of them. */
  let threaded: Rows = new Map();

  beforeAll(async () => {
    const outputs = (streams: Record<string, QueryStreams['output']>) => streams;
    const params = { partitions: 2, generate: { config: crossingConfig(seed), events: EVENTS } };
    threaded = await rowsOf(ALL, input, { backend: threads({ workers: 2 }), params, outputs });
  }, LIMIT_MS);

  it.each(nexmarkQueries)(
    '$id gives what its oracle gives: $title',
    async ({ id, job, oracle, compared }) => {
      const expected = canonical(oracle(input.all), compared);
      expect(expected.length).toBeGreaterThan(0);
      const differs = (rows: unknown[] | undefined) => firstDifference(canonical(rows ?? [], compared), expected);
      expect(differs(threaded.get(id)), 'threads(2), made in the workers').toBeNull();
      threaded.delete(id);
      const rows = await rowsOf(job, input, { backend: single(), params: {}, outputs: ofQuery });
      expect(differs(rows.get('output')), 'single, from a queue').toBeNull();
    },
    LIMIT_MS,
  );
});

it(
  'gives the same from a queue on threads',
  async () => {
    const { job, oracle, compared } = nexmarkQueries.find(({ id }) => id === 'q9')!;
    const input = inputOf(SEEDS[0]!);
    const options = { backend: threads({ workers: 2 }), params: { partitions: 2 }, outputs: ofQuery };
    const found = (await rowsOf(job, input, options)).get('output') ?? [];
    expect(firstDifference(canonical(found, compared), canonical(oracle(input.all), compared))).toBeNull();
  },
  LIMIT_MS,
);
