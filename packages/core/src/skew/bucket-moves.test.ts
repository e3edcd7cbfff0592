import { expect, test } from 'vitest';
import { type BucketTable, homeTable } from '../data/bucket-table.ts';
import { seededRandom } from '../lineage/builtins.ts';
import { partitionLoads, rebalanced } from './bucket-moves.ts';

const RUNS = 500;
const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now());
const EVEN = 1.02;

const moved = (a: BucketTable, b: BucketTable) => a.filter((partition, bucket) => partition !== b[bucket]).length;

test(`the heaviest partition never becomes heavier, and each bucket lies in a partition, seed ${SEED}`, () => {
  const random = seededRandom(SEED);
  for (let run = 0; run < RUNS; run++) {
    const partitions = 1 + Math.floor(random() * 12);
    const home = homeTable(partitions);
    const bend = 1 + 30 * random();
    const table = random() < 0.5 ? home : home.map(() => Math.floor(random() * partitions));
    const loads = home.map(() => (random() < 0.1 ? 0 : Math.floor(random() ** bend * 1000)));
    const [before, found] = [partitionLoads(loads, table), rebalanced(loads, table, EVEN)];
    const after = partitionLoads(loads, found);
    const about = `seed ${SEED}, run ${run}`;
    expect(found.length, about).toBe(home.length);
    expect(
      found.every((p) => Number.isInteger(p) && p >= 0 && p < partitions),
      about,
    ).toBe(true);
    // Of several that are the heaviest one may have become lighter.
    expect(Math.max(...after), about).toBeLessThanOrEqual(Math.max(...before));
    if (moved(found, table) > 0) expect(after, about).not.toEqual(before);
    // Where it has led there is nothing more to do.
    expect(rebalanced(loads, found, EVEN), about).toBe(found);
    const mean = loads.reduce((sum, load) => sum + load, 0) / partitions;
    for (const [bucket, load] of loads.entries())
      if (load >= mean && load > 0) expect(found[bucket], about).toBe(table[bucket]);
  }
});

test('few buckets move, and the load is even then', () => {
  // Of Zipf's law: what the first keys have lies anywhere, the others everywhere.
  const loads = homeTable(8).map(() => 90);
  loads[3] = 830;
  loads[11] = 415;
  loads[22] = 277;
  const found = rebalanced(loads, homeTable(8), EVEN);
  const after = partitionLoads(loads, found);
  expect(Math.max(...after) / (after.reduce((sum, n) => sum + n, 0) / 8)).toBeLessThan(1.08);
  expect(moved(found, homeTable(8))).toBeLessThanOrEqual(12);
  expect(found[3]).toBe(3);
});

test('what shares a partition with a bucket that is heavier than the mean leaves it, and that stays', () => {
  const loads = homeTable(4).map(() => 10);
  loads[1] = 1000;
  const found = rebalanced(loads, homeTable(4), EVEN);
  expect(found.flatMap((partition, bucket) => (partition === 1 ? [bucket] : []))).toEqual([1]);
});

test('an even load moves nothing', () => {
  const home = homeTable(3);
  expect(
    rebalanced(
      home.map(() => 7),
      home,
      EVEN,
    ),
  ).toBe(home);
  expect(
    rebalanced(
      home.map(() => 0),
      home,
      EVEN,
    ),
  ).toBe(home);
});
