import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import type { ExecutionBackend } from '@millrace/core';
import { expect, it } from 'vitest';
import { canonical, firstDifference } from './canonical.ts';
import { EventBatches } from './generator/batches.ts';
import type { NexmarkConfig } from './generator/config.ts';
import { NexmarkGenerator } from './generator/generator.ts';
import type { NexmarkParams } from './queries/input.ts';
import { type NexmarkQuery, nexmarkQueries } from './queries.ts';
import { startQuery } from './run.ts';

/** With NEXMARK_TEST=full 100,000 events of 5 seeds on both backends, which takes minutes. */
const FULL = process.env.NEXMARK_TEST === 'full';
const EVENTS = FULL ? 100_000 : 20_000;
const SEEDS = FULL ? [1, 2, 3, 4, 5] : [1, 2];
const INTERVAL_MS = 1000;

/** Slow enough for many windows and sessions, and across midnight for odd seeds, for even ones across 8 h. */
const configOf = (seed: number): Partial<NexmarkConfig> => ({
  seed,
  rate: 400,
  baseTime: seed % 2 === 1 ? 86_400_000 - 20_000 : 10 * 86_400_000 + 8 * 3_600_000 - 20_000,
});

const inputs = SEEDS.map((seed) => {
  const generator = new NexmarkGenerator(configOf(seed));
  const batches = new EventBatches(generator, EVENTS, INTERVAL_MS);
  return { seed, batches, baseTime: generator.config.baseTime, all: generator.range(0, EVENTS) };
});

type Input = (typeof inputs)[number];

async function rowsOf(query: NexmarkQuery, backend: ExecutionBackend, params: NexmarkParams, input: Input) {
  const rows: unknown[] = [];
  const run = await startQuery(query, backend, params, input.baseTime, (more) => rows.push(...more));
  try {
    const { batches } = input;
    for (let k = 0; k < batches.count + batches.drain; k++) {
      const { from, to } = batches.rangeOf(k);
      await run.batch(params.generate === undefined ? input.all.slice(from, to) : null);
    }
  } finally {
    await run.close();
  }
  return rows;
}

/** One seed on each backend, or all on both. */
const runs = (FULL ? inputs : inputs.slice(0, 1)).map((input) => ({ input, threaded: false }));
const threadedRuns = (FULL ? inputs : inputs.slice(1)).map((input) => ({ input, threaded: true }));

it.each(nexmarkQueries)('$id gives what its oracle gives: $title', async (query) => {
  for (const { input, threaded } of [...runs, ...threadedRuns]) {
    const expected = canonical(query.oracle(input.all), query.compared);
    const generate = { config: configOf(input.seed), events: EVENTS };
    // From a queue in this thread, made where they are needed in workers.
    const found = threaded
      ? await rowsOf(query, threads({ workers: 2 }), { partitions: 2, generate }, input)
      : await rowsOf(query, single(), {}, input);
    const where = `seed ${input.seed}, ${threaded ? 'threads(2)' : 'single'}`;
    expect(expected.length, where).toBeGreaterThan(0);
    expect(firstDifference(canonical(found, query.compared), expected), where).toBeNull();
  }
});
