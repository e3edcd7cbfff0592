import { expect, test } from 'vitest';
import { type BucketTable, homeTable } from '../data/bucket-table.ts';
import { seededRandom } from '../lineage/builtins.ts';
import { partitionLoads } from './bucket-moves.ts';
import { betterTable, noLoads, observed, rested, PLACEMENT_SETTINGS as SETTINGS } from './placement.ts';
import { maxOverMean } from './shuffle-metrics.ts';

const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now());
const PARTITIONS = 8;

/** Runs batches, each with the records that `recordsOf` draws. @returns in which batches something moved, and the table at the end */
function settle(batches: number, loadsOf: (batch: number) => readonly number[]) {
  let state = noLoads(homeTable(PARTITIONS));
  let table: BucketTable = homeTable(PARTITIONS);
  const moves: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const next = betterTable(state, table, SETTINGS);
    if (next !== null) {
      moves.push(batch);
      table = next;
      state = rested(state, SETTINGS);
    }
    state = observed(state, loadsOf(batch), table, SETTINGS);
  }
  return { moves, table };
}

/** Records that fall on buckets with the given weights. */
function drawn(random: () => number, weights: readonly number[], records: number): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const loads = weights.map(() => 0);
  for (let i = 0; i < records; i++) {
    let rest = random() * total;
    let bucket = 0;
    while (bucket < weights.length - 1 && rest >= weights[bucket]!) rest -= weights[bucket++]!;
    loads[bucket]! += 1;
  }
  return loads;
}

const skewedWeights = () => homeTable(PARTITIONS).map((_, bucket) => 1 + 6 / (1 + ((bucket * 29) % 64)));

test(`a skewed load becomes even after three batches, and stays where it is, seed ${SEED}`, () => {
  const random = seededRandom(SEED);
  const weights = skewedWeights();
  const { moves, table } = settle(60, () => drawn(random, weights, 4000));
  expect(moves[0]).toBe(3);
  expect(moves.length).toBeLessThanOrEqual(3);
  expect(maxOverMean(partitionLoads(weights, homeTable(PARTITIONS)))).toBeGreaterThan(1.15);
  expect(maxOverMean(partitionLoads(weights, table))).toBeLessThan(1.1);
});

test(`chance moves nothing, however few records there are, seed ${SEED}`, () => {
  for (const records of [1, 10, 100, 1000, 10_000]) {
    const random = seededRandom(`${SEED} ${records}`);
    const even = homeTable(PARTITIONS).map(() => 1);
    expect(settle(200, () => drawn(random, even, records)).moves, `${records} records`).toEqual([]);
  }
});

test(`loads that go to and fro are not run after, seed ${SEED}`, () => {
  const random = seededRandom(SEED);
  const weights = [skewedWeights(), skewedWeights().toReversed()];
  const { moves } = settle(200, (batch) => drawn(random, weights[batch % 2]!, 4000));
  expect(moves.length).toBeLessThanOrEqual(3);
});

test('it takes three batches in a row, and then a rest', () => {
  const uneven = homeTable(PARTITIONS).map((partition) => (partition === 2 ? 300 : 100));
  expect(settle(3, () => uneven).moves).toEqual([]);
  expect(settle(4, () => uneven).moves).toEqual([3]);
  // Where the load is another one in each batch, as often as it may.
  const elsewhere = settle(40, (batch) =>
    homeTable(PARTITIONS).map((partition) => (partition === Math.floor(batch / 10) % PARTITIONS ? 5000 : 100)),
  );
  for (const [i, batch] of elsewhere.moves.slice(1).entries())
    expect(batch - elsewhere.moves[i]!).toBeGreaterThanOrEqual(SETTINGS.rest);
});

test('few records lie where they are hashed to, however uneven that is', () => {
  const uneven = (records: number) =>
    homeTable(PARTITIONS).map((_, bucket) => (bucket % 8 === 0 ? 3 * records : records));
  // Thirty percent less with each batch: the last ones count for three and a third.
  expect(settle(50, () => uneven(7)).moves).toEqual([]);
  expect(settle(50, () => uneven(8)).moves.length).toBe(1);
});

test('a batch without records says nothing', () => {
  const state = observed(noLoads(homeTable(2)), [5, ...new Array<number>(15).fill(0)], homeTable(2), SETTINGS);
  expect(observed(state, new Array<number>(16).fill(0), homeTable(2), SETTINGS)).toBe(state);
});

test('a move that gains too little is not made', () => {
  const loads = homeTable(2).map(() => 700);
  loads[0] = 9000;
  // All of it is one bucket, and what shares the partition with it is nothing.
  for (const bucket of [2, 4, 6, 8, 10, 12, 14]) loads[bucket] = 1;
  let state = noLoads(homeTable(2));
  for (let i = 0; i < 5; i++) state = observed(state, loads, homeTable(2), SETTINGS);
  expect(state.uneven).toBe(5);
  expect(betterTable(state, homeTable(2), SETTINGS)).toBeNull();
});
