import { single } from '@millrace/backend-single';
import { Engine } from '@millrace/bench';
import { expect, test } from 'vitest';
import type { SkewedOperator, Strategy } from '../jobs/skewed.job.ts';
import { bytesShuffled, inTurns } from './in-turns.ts';
import { movingBatches, oneKeyPairs, zipfPairs } from './inputs.ts';
import { OPERATORS, STRATEGIES } from './strategies.ts';

const JOB = new URL('../jobs/skewed.job.ts', import.meta.url);
const KEYS = 50;
const jobOf = (operator: SkewedOperator, strategy: Strategy) =>
  ({ operator, strategy, partitions: 4, table: KEYS, rounds: 0 }) as const;
// Enough for each map task to see which keys are heavy.
const pairs = zipfPairs(8000, KEYS, 1.5);

test.each(OPERATORS)('%s: all strategies give the same', async (operator) => {
  const results = new Map<Strategy, string[]>();
  for (const strategy of STRATEGIES[operator]) {
    const engine = await Engine.open({ job: JOB, backend: single(), params: jobOf(operator, strategy) });
    await engine.batch(pairs);
    const records = (await engine.batch(pairs)) as unknown[];
    await engine.close();
    results.set(strategy, records.map((record) => JSON.stringify(record)).sort());
  }
  const [first, ...others] = [...results.values()];
  expect(first!.length).toBeGreaterThan(0);
  for (const other of others) expect(other).toEqual(first);
});

test('jobs take turns at the same batches, and the first ones are not counted', async () => {
  const rounds: number[] = [];
  const jobs = { auto: jobOf('groupByKey', 'auto'), hash: jobOf('groupByKey', 'hash') };
  const sizes = [4000, 4000, 8000];
  const { auto, hash } = await inTurns(jobs, (round) => pairs.slice(0, sizes[round]), {
    warmUp: 1,
    runs: 2,
    progress: (round) => void rounds.push(round),
  });
  expect(rounds).toEqual([0, 1, 2]);
  for (const batches of [auto, hash])
    expect(batches.map(({ tasks }) => tasks.shuffles[0]!.records.reduce((sum, n) => sum + n))).toEqual([4000, 8000]);
  expect(auto[1]!.tasks.shuffles[0]!.split).not.toBeNull();
  expect(hash[1]!.tasks.shuffles[0]!.split).toBeNull();
  expect(await bytesShuffled(jobs.auto, pairs)).toBeGreaterThan(8000);
});

test('one key has its share, and a moving one another key after some batches', () => {
  const count = (some: readonly (readonly [string, number])[]) => {
    const counts = new Map<string, number>();
    for (const [key] of some) counts.set(key, (counts.get(key) ?? 0) + 1);
    return [...counts].sort(([, a], [, b]) => b - a)[0]!;
  };
  const [key, records] = count(oneKeyPairs(10_000, 1000, 0.9));
  expect(key).toBe('user-0');
  expect(records / 10_000).toBeCloseTo(0.9, 1);
  const hot = movingBatches(6, { records: 1000, keys: 1000, s: 1.5, shiftAfter: 2 }).map((batch) => count(batch)[0]);
  expect([hot[1], hot[3], hot[5]]).toEqual([hot[0], hot[2], hot[4]]);
  expect(new Set(hot).size).toBe(3);
});
