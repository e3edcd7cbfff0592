import { expect, test } from 'vitest';
import { seededRandom } from '../lineage/builtins.ts';
import type { Columns } from '../task/columns.ts';
import { sampleHeavyKeys, worthSplitting } from './key-sample.ts';

/** Keys in buckets, by the number that each of them names. */
function buckets(keys: readonly string[], reducers: number): Columns[] {
  const made: { keys: string[]; values: number[] }[] = Array.from({ length: reducers }, () => ({
    keys: [],
    values: [],
  }));
  for (const [i, key] of keys.entries()) {
    const { keys: k, values } = made[Number(key.slice(1)) % reducers];
    k.push(key);
    values.push(i);
  }
  return made;
}

test('finds keys with an eighth of a share and more, and about how many records they have', () => {
  // Of 100,000 records: k0 has 40 %, k1 10 %, all others 1 of 10,000. A share of eight is 12.5 %.
  const keys = Array.from({ length: 100_000 }, (_, i) =>
    i % 10 < 4 ? 'k0' : i % 10 === 4 ? 'k1' : `k${2 + (i % 9973)}`,
  );
  const found = sampleHeavyKeys(buckets(keys, 8));
  expect(found.map(({ key }) => key)).toEqual(['k0', 'k1']);
  expect(found[0].records / 40_000).toBeCloseTo(1, 1);
  expect(found[1].records / 10_000).toBeCloseTo(1, 0);
});

test('finds nothing where keys are even, in small outputs, and in combined ones', () => {
  const even = Array.from({ length: 100_000 }, (_, i) => `k${i % 1000}`);
  expect(sampleHeavyKeys(buckets(even, 8))).toEqual([]);
  const one = Array.from({ length: 200 }, () => 'k0');
  expect(sampleHeavyKeys(buckets(one, 8))).toEqual([]);
  expect(sampleHeavyKeys(buckets(one, 8), 1)).toEqual([{ key: 'k0', records: 200 }]);
  const combined = buckets(
    Array.from({ length: 5000 }, () => 'k0'),
    2,
  ).map((b) => ({ ...b, unique: true }));
  expect(sampleHeavyKeys(combined)).toEqual([]);
  expect(sampleHeavyKeys([])).toEqual([]);
});

test('records without keys have no heavy ones', () => {
  expect(sampleHeavyKeys([{ keys: [], values: Array.from({ length: 10_000 }, () => 1) }])).toEqual([]);
});

test('keys that come again and again at even distances are not met more often than others', () => {
  // Each of 128 keys is every 128th record, as the sample is.
  const periodic = Array.from({ length: 128_000 }, (_, i) => `k${i % 128}`);
  for (const reducers of [1, 8])
    expect(sampleHeavyKeys([{ keys: periodic, values: periodic }, ...buckets([], reducers - 1 || 1)])).toEqual([]);
});

/** The same buckets, which count how often a key is read. */
function counted(made: readonly Columns[]): { readonly buckets: readonly Columns[]; readonly read: () => number } {
  let read = 0;
  const counting = (keys: readonly unknown[]) =>
    new Proxy(keys as unknown[], {
      get(target, name) {
        if (typeof name === 'string' && /^\d+$/.test(name)) read += 1;
        return Reflect.get(target, name);
      },
    });
  return { buckets: made.map((bucket) => ({ ...bucket, keys: counting(bucket.keys) })), read: () => read };
}

test('looks at a few hundred keys where none shows up again, and at the sample where one does', () => {
  const even = Array.from({ length: 400_000 }, (_, i) => `k${(i * 7919) % 100_000}`);
  const plain = counted(buckets(even, 8));
  expect(sampleHeavyKeys(plain.buckets)).toEqual([]);
  expect(plain.read()).toBeGreaterThan(500);
  expect(plain.read()).toBeLessThanOrEqual(512);
  const skewed = counted(
    buckets(
      even.map((key, i) => (i % 4 === 0 ? 'k0' : key)),
      8,
    ),
  );
  expect(sampleHeavyKeys(skewed.buckets).map(({ key }) => key)).toEqual(['k0']);
  expect(skewed.read()).toBeGreaterThan(2000);
});

test('a key with a quarter of a share is found, look by look', () => {
  const seed = 'key-sample 1';
  const random = seededRandom(seed);
  for (let n = 0; n < 20; n++) {
    const keys = Array.from({ length: 100_000 }, () =>
      random() < 1 / 32 ? 'k0' : `k${1 + Math.floor(random() * 100_000)}`,
    );
    const found = sampleHeavyKeys(buckets(keys, 8)).map(({ key }) => key);
    expect(found, `output ${n} of seed ${seed}`).toEqual(['k0']);
  }
});

test('a small output of many is looked at as closely as it takes, and what is just heavy is not split', () => {
  // One of 64 map outputs of 500 records, a tenth of them of one key.
  const keys = Array.from({ length: 500 }, (_, i) => (i % 10 === 0 ? 'k0' : `k${1 + i}`));
  expect(sampleHeavyKeys(buckets(keys, 8)).map(({ key }) => key)).toEqual(['k0']);
  const even = buckets(
    Array.from({ length: 8000 }, (_, i) => `k${i % 8}`),
    8,
  );
  const heavy = [
    { key: 'k0', records: 251 },
    { key: 'k1', records: 249 },
  ];
  expect(worthSplitting(heavy, even)).toEqual([heavy[0]]);
});
