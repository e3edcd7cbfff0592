import { expect, test } from 'vitest';
import { hashKey } from '../data/hash.ts';
import { seededRandom } from '../lineage/builtins.ts';
import { separateHeavy } from './heavy-runs.ts';
import { sampleHeavyKeys } from './key-sample.ts';
import { planSplit } from './split-plan.ts';
import type { HeavyRun, RunReport } from './split-report.ts';

/** Ranks by Zipf's law: rank r is r^-s as frequent as the first. */
function zipf(keys: number, s: number, random: () => number): () => number {
  const sums = new Float64Array(keys);
  let sum = 0;
  for (let i = 0; i < keys; i++) sums[i] = sum += (i + 1) ** -s;
  return () => {
    const at = random() * sum;
    let [low, high] = [0, keys - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** What map tasks say of keys that each has scattered over so many reducers. */
function reportsOf(outputs: readonly (readonly unknown[])[], reducers: number): RunReport[] {
  return outputs.map((keys) => {
    const buckets = Array.from({ length: reducers }, () => ({ keys: [] as unknown[], values: [] as unknown[] }));
    for (const [i, key] of keys.entries()) {
      const bucket = buckets[hashKey(key) % reducers]!;
      bucket.keys.push(key);
      bucket.values.push(i);
    }
    const homeOf = (key: unknown) => hashKey(key) % reducers;
    const separated = separateHeavy(buckets, sampleHeavyKeys(buckets), homeOf);
    return { buckets: separated.buckets.slice(0, reducers).map(({ keys }) => keys.length), runs: separated.runs };
  });
}

test.each([
  { s: 0.8, partitions: 8, most: 1.15 },
  { s: 1, partitions: 8, most: 1.05 },
  { s: 1.2, partitions: 8, most: 1.05 },
  { s: 1.5, partitions: 8, most: 1.05 },
  { s: 1.5, partitions: 16, most: 1.05 },
  { s: 2, partitions: 16, most: 1.05 },
])('keys of Zipf $s come to $partitions partitions evenly', ({ s, partitions, most }) => {
  const next = zipf(10_000, s, seededRandom(`zipf ${s}`));
  const outputs = Array.from({ length: 4 }, () => Array.from({ length: 50_000 }, () => `user-${next()}`));
  const plan = planSplit(reportsOf(outputs, partitions), partitions)!;
  const mean = plan.loads.reduce((sum, n) => sum + n, 0) / partitions;
  expect(Math.max(...plan.loads) / mean).toBeLessThan(most);
});

test('where no key is heavy there is no plan', () => {
  const random = seededRandom('even');
  const outputs = Array.from({ length: 3 }, () => Array.from({ length: 20_000 }, () => Math.floor(random() * 5000)));
  expect(planSplit(reportsOf(outputs, 8), 8)).toBeNull();
});

/** Reports of any map tasks, with keys from 0 to 4. */
function anyReports(random: () => number, partitions: number): RunReport[] {
  return Array.from({ length: 1 + Math.floor(random() * 4) }, (): RunReport => {
    const keys = [0, 1, 2, 3, 4].filter(() => random() < 0.4);
    return {
      buckets: Array.from({ length: partitions }, () => Math.floor(random() * 1000)),
      runs: keys.map((key): HeavyRun => {
        const slices = Array.from({ length: 1 + Math.floor(random() * 6) }, () => 1 + Math.floor(random() * 300));
        return { key, home: key % partitions, at: 0, slices };
      }),
    };
  });
}

test('each slice is somewhere once, those of a key in ascending partitions as they came', () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = seededRandom(`plan ${seed}`);
    const partitions = 1 + Math.floor(random() * 9);
    const reports = anyReports(random, partitions);
    const plan = planSplit(reports, partitions);
    const all = reports.flatMap(({ runs }, map) => {
      let bucket = partitions;
      return runs.flatMap(({ key, slices }) => slices.map((records) => ({ key, map, bucket: bucket++, records })));
    });
    if (plan === null) {
      expect(all).toEqual([]);
      continue;
    }
    const recordsOf = new Map(all.map(({ map, bucket, records }) => [`${map}/${bucket}`, records]));
    const read = plan.slices.flat().map(({ heavy, map, bucket }) => {
      const { key, home } = plan.keys[heavy]!;
      expect(home).toBe((key as number) % partitions);
      return { key, map, bucket, records: recordsOf.get(`${map}/${bucket}`) };
    });
    expect(read).toHaveLength(all.length);
    for (const key of [0, 1, 2, 3, 4])
      expect(read.filter((each) => each.key === key)).toEqual(all.filter((each) => each.key === key));
    const loads = plan.slices.map((slices, p) =>
      reports.reduce(
        (sum, { buckets }) => sum + buckets[p]!,
        slices.reduce((sum, { map, bucket }) => sum + recordsOf.get(`${map}/${bucket}`)!, 0),
      ),
    );
    expect(plan.loads).toEqual(loads);
    expect(planSplit(reports, partitions)).toEqual(plan);
  }
});

test('a key that fits where it belongs stays there, and one that fits as a whole elsewhere is not split', () => {
  const home = planSplit([{ buckets: [0, 90], runs: [{ key: 'k', home: 0, at: 0, slices: [30, 30] }] }], 2)!;
  expect(home.slices.map((slices) => slices.length)).toEqual([2, 0]);
  const moved = planSplit([{ buckets: [90, 0, 90], runs: [{ key: 'k', home: 0, at: 0, slices: [30, 30] }] }], 3)!;
  expect(moved.slices.map((slices) => slices.length)).toEqual([0, 2, 0]);
});
