import { expect, test } from 'vitest';
import { hashKey } from '../data/hash.ts';
import { seededRandom } from '../lineage/builtins.ts';
import type { Columns } from '../task/columns.ts';
import { keysOfManyPairs, type MetKeys, meetKeys } from './met-keys.ts';

const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now());
const PARTITIONS = 8;

/** Map outputs of keys that are dealt over some tasks. */
function outputs(keys: readonly string[], tasks = 8): Columns[][] {
  return Array.from({ length: tasks }, (_, task) => {
    const buckets = Array.from({ length: PARTITIONS }, () => ({ keys: [] as string[], values: [] as number[] }));
    for (let i = task; i < keys.length; i += tasks) {
      const bucket = buckets[hashKey(keys[i]) % PARTITIONS]!;
      bucket.keys.push(keys[i]!);
      bucket.values.push(i);
    }
    return buckets;
  });
}

/** Even keys, and some that come as often as is said. */
function side(count: number, kinds: number, often: Readonly<Record<string, number>>, salt: string): string[] {
  const random = seededRandom(`${SEED} ${salt}`);
  const keys = Object.entries(often).flatMap(([key, times]) => Array.from({ length: times }, () => key));
  while (keys.length < count) keys.push(`k${Math.floor(random() * kinds)}`);
  return keys
    .map((key) => [random(), key] as const)
    .sort((a, b) => a[0] - b[0])
    .map(([, key]) => key);
}

const found = (left: readonly string[], right: readonly string[]) => {
  const [l, r] = [left, right].map((keys) => outputs(keys).flatMap((buckets) => meetKeys(buckets) ?? []));
  return keysOfManyPairs([l!, r!], left.length + right.length, PARTITIONS);
};

test(`a key with two hundredths of either side has most of the pairs, and is found; seed ${SEED}`, () => {
  const often = { hot: 2000, warm: 1900 };
  const keys = found(side(100_000, 100_000, often, 'left'), side(100_000, 100_000, often, 'right'));
  expect(keys.map(({ key }) => key).sort()).toEqual(['hot', 'warm']);
  for (const { key, home } of keys) expect(home).toBe(hashKey(key) % PARTITIONS);
});

test(`a key with a hundredth of one side and one record of the other is not; seed ${SEED}`, () => {
  const left = side(100_000, 100_000, { hot: 1000 }, 'left');
  expect(
    found(
      left,
      Array.from({ length: 100_000 }, (_, i) => `k${i}`),
    ),
  ).toEqual([]);
  expect(found(left, side(100_000, 100_000, { hot: 1 }, 'right'))).toEqual([]);
});

test(`even keys are never; seed ${SEED}`, () => {
  for (const kinds of [50, 2000, 100_000])
    expect(found(side(100_000, kinds, {}, `left ${kinds}`), side(100_000, kinds, {}, `right ${kinds}`))).toEqual([]);
});

test('small map outputs are not looked at', () => {
  expect(meetKeys([{ keys: Array.from({ length: 255 }, () => 'a'), values: [] }])).toBeNull();
});

test('what is met in one output is added to what is met in another', () => {
  const met = (times: number): MetKeys => ({ step: 100, keys: [['a', 3, times]] });
  const few = [met(2)];
  expect(keysOfManyPairs([few, [met(2), met(1)]], 1000, PARTITIONS)).toEqual([]);
  expect(
    keysOfManyPairs(
      [
        [...few, met(1)],
        [met(2), met(1)],
      ],
      1000,
      PARTITIONS,
    ),
  ).toEqual([{ key: 'a', home: 3 }]);
});
