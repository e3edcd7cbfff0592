import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import type { ExecutionBackend } from '@millrace/core';
import { expect, it } from 'vitest';
import { canonical } from './canonical.ts';
import { EventBatches } from './generator/batches.ts';
import type { NexmarkConfig } from './generator/config.ts';
import { NexmarkGenerator } from './generator/generator.ts';
import type { NexmarkParams } from './queries/input.ts';
import { type NexmarkQuery, nexmarkQueries } from './queries.ts';
import { startQuery } from './run.ts';

/** NEXMARK_TEST=full compares 100,000 events of 5 seeds. */
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
      await run.batch(params.generate === undefined ? batches.eventsOf(k) : null);
    }
  } finally {
    await run.close();
  }
  return rows;
}

it.each(nexmarkQueries)('$id gives what its oracle gives: $title', async (query) => {
  for (const input of inputs) {
    const expected = canonical(query.oracle(input.all), query.compared);
    expect(expected.length, `rows of seed ${input.seed}`).toBeGreaterThan(0);
    const generate = { config: configOf(input.seed), events: EVENTS };
    const runs: [string, ExecutionBackend, NexmarkParams][] = [
      ['single, from a queue', single(), {}],
      ['threads(2), made in the workers', threads({ workers: 2 }), { partitions: 2, generate }],
    ];
    for (const [name, backend, params] of runs) {
      const found = canonical(await rowsOf(query, backend, params, input), query.compared);
      expect(found, `seed ${input.seed}, ${name}`).toEqual(expected);
    }
  }
});
