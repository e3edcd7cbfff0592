import { expect, test } from 'vitest';
import { homeTable } from '../data/bucket-table.ts';
import { hashKey } from '../data/hash.ts';
import { bucketLoads, sampleBuckets } from './bucket-loads.ts';

const columns = (keys: readonly unknown[]) => ({ keys, values: keys });

test('one key of each stretch is looked at, over all of an output', () => {
  // Every key of a stretch is in the same bucket, and no other one is.
  const inBucket = (bucket: number) => {
    let key = 0;
    while (hashKey(key) % 16 !== bucket) key += 1;
    return key;
  };
  const keys = Array.from({ length: 96 }, (_, i) => inBucket(Math.floor(i / 16)));
  const split = [columns(keys.slice(0, 30)), columns([]), columns(keys.slice(30))];
  expect(sampleBuckets(split, { buckets: 16, leastStep: 16 })).toEqual([0, 1, 2, 3, 4, 5]);
  expect(sampleBuckets(split, { buckets: 16, leastStep: 1 }).length).toBe(96);
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
