import { expect, test } from 'vitest';
import { homeTable } from '../data/bucket-table.ts';
import { hashKey } from '../data/hash.ts';
import { bucketLoads, sampleBuckets } from './bucket-loads.ts';

const columns = (keys: readonly unknown[]) => ({ keys, values: keys });

test('keys at even distances are looked at, over all of an output', () => {
  const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
  const split = [columns(keys.slice(0, 30)), columns([]), columns(keys.slice(30))];
  const expected = [8, 24, 40, 56, 72, 88].map((i) => hashKey(keys[i]) % 16);
  expect(sampleBuckets(split, { buckets: 16, leastStep: 16 })).toEqual(expected);
  expect(sampleBuckets(split, { buckets: 16, leastStep: 1 }).length).toBe(100);
});

test('of a large output no more than some hundred are', () => {
  const keys = Array.from({ length: 100_000 }, (_, i) => i);
  expect(sampleBuckets([columns(keys)], { buckets: 64, leastStep: 16 }).length).toBe(510);
});

test('how much a partition has is known, and samples divide it', () => {
  const table = homeTable(2);
  const loads = bucketLoads([800, 80], [[0, 0, 2], [4]], table);
  expect(loads.filter((_, bucket) => bucket % 2 === 0)).toEqual([400, 200, 200, 0, 0, 0, 0, 0]);
  // Nothing was seen of the other one.
  expect(loads.filter((_, bucket) => bucket % 2 === 1)).toEqual(new Array(8).fill(10));
  expect(bucketLoads([3, 0], [], [...table].fill(1)).every((load) => load === 0)).toBe(true);
});
