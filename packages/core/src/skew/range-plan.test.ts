import { expect, test } from 'vitest';
import { compareValues, rangePartitioner } from '../data/partitioner.ts';
import { seededRandom } from '../lineage/builtins.ts';
import type { Columns } from '../task/columns.ts';
import { planRanges, type RangePlan, type SampledKey, spreadKeys } from './range-plan.ts';

const RUNS = 200;
const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now());

test('light keys are cut as Spark cuts them: each range has about the same weight', () => {
  const sample = Array.from({ length: 100 }, (_, i): SampledKey => [99 - i, 1, i % 3]);
  expect(planRanges(sample, 4)).toEqual({ bounds: [24, 49, 74], spreads: [] });
  expect(planRanges([], 4)).toEqual({ bounds: [], spreads: [] });
  // With fewer keys than ranges some have nothing.
  expect(planRanges([['a', 1, 0]], 4)).toEqual({ bounds: ['a'], spreads: [] });
});

test('a heavy key lies in all the ranges that it fills', () => {
  const sample: SampledKey[] = [
    ['a', 30, 0],
    ['hot', 100, 0],
    ['hot', 60, 2],
    ['z', 10, 1],
  ];
  const { bounds, spreads } = planRanges(sample, 4);
  expect(bounds).toEqual(['hot', 'hot', 'hot']);
  expect(spreads).toEqual([
    {
      key: 'hot',
      first: 0,
      parts: [20 / 160, 50 / 160, 50 / 160, 40 / 160],
      before: [0, 100 / 160, 100 / 160, 1],
    },
  ]);
});

/** What the map tasks of a sort have, and its partitions: records are the key and how many came before. */
function sorted(maps: readonly (readonly unknown[])[], ranges: number, ascending: boolean) {
  const sample = maps.flatMap((keys, map) => keys.map((key): SampledKey => [key, 1, map]));
  const plan = planRanges(sample, ranges);
  let came = 0;
  const outputs = maps.map((keys, map) => {
    const pairs = keys.map((key): [unknown, number] => [key, came++]);
    return spreadKeys(scattered(pairs, plan, ranges, ascending), plan, map, ascending);
  });
  const sign = ascending ? 1 : -1;
  return Array.from({ length: ranges }, (_, r) =>
    outputs
      .flatMap((buckets) => buckets[r]!.keys.map((key, i): [unknown, unknown] => [key, buckets[r]!.values[i]]))
      .sort((a, b) => sign * compareValues(a[0], b[0])),
  );
}

function scattered(pairs: readonly [unknown, unknown][], { bounds }: RangePlan, ranges: number, ascending: boolean) {
  const partitioner = rangePartitioner(bounds, ascending);
  return Array.from({ length: ranges }, (_, r): Columns => {
    const own = pairs.filter(([key]) => partitioner.getPartition(key) === r);
    return { keys: own.map(([key]) => key), values: own.map(([, value]) => value) };
  });
}

test(`any keys come out sorted, equal ones in the order in which they came, seed ${SEED}`, () => {
  const random = seededRandom(SEED);
  for (let run = 0; run < RUNS; run++) {
    const kinds = 1 + Math.floor(random() * 30);
    const bend = 1 + 6 * random();
    const maps = Array.from({ length: 1 + Math.floor(random() * 5) }, () =>
      Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() ** bend * kinds)),
    );
    const ranges = 2 + Math.floor(random() * 7);
    const ascending = random() < 0.5;
    let came = 0;
    const sign = ascending ? 1 : -1;
    const all = maps.flat().map((key): [number, number] => [key, came++]);
    const expected = all.sort((a, b) => sign * (a[0] - b[0]));
    expect(sorted(maps, ranges, ascending).flat(), `seed ${SEED}, run ${run}`).toEqual(expected);
  }
});

test('ranges are even whatever one key weighs', () => {
  for (const share of [0.2, 0.5, 0.9, 1]) {
    for (const ascending of [true, false]) {
      const keys = Array.from({ length: 4000 }, (_, i) => ((i * 7919) % 4000 < share * 4000 ? 500 : (i * 31) % 1000));
      const maps = [keys.slice(0, 1500), keys.slice(1500, 2000), keys.slice(2000)];
      const sizes = sorted(maps, 8, ascending).map(({ length }) => length);
      expect(Math.max(...sizes), `${share} ${ascending}: ${sizes}`).toBeLessThan(1.05 * 500);
    }
  }
});
