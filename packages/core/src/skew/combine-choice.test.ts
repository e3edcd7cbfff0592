import { expect, test } from 'vitest';
import { seededRandom } from '../lineage/builtins.ts';
import { type CombineLook, type FirstPairs, paysToCombine, shareLeft } from './combine-choice.ts';

const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now());
const LOOKED_AT = 1024;

function lookAt(keys: readonly number[]) {
  const counts = [...Map.groupBy(keys.slice(0, LOOKED_AT), (key) => key).values()].map(({ length }) => length);
  return firstLook({
    distinct: counts.length,
    once: counts.filter((n) => n === 1).length,
    most: Math.max(...counts),
    expected: keys.length,
  });
}

const firstLook = ({ expected, ...first }: Omit<FirstPairs, 'pairs'> & { expected: number }): CombineLook => ({
  pairs: LOOKED_AT,
  distinct: first.distinct,
  first: { pairs: LOOKED_AT, ...first },
  before: null,
  expected,
});

test.each([
  [200, true],
  [2000, true],
  [200_000, false],
  [2_000_000, false],
] as const)(`of 60,000 pairs with even keys of %i: combines %s, seed ${SEED}`, (kinds, pays) => {
  const random = seededRandom(`${SEED} ${kinds}`);
  const look = lookAt(Array.from({ length: 60_000 }, () => Math.floor(random() * kinds)));
  expect(paysToCombine(look)).toBe(pays);
});

/** Keys by Zipf's law. */
function zipf(s: number, kinds: number, count: number, random: () => number): number[] {
  const sums: number[] = [];
  let total = 0;
  for (let rank = 1; rank <= kinds; rank++) sums.push((total += rank ** -s));
  return Array.from({ length: count }, () => {
    const at = random() * total;
    let [low, high] = [0, kinds - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < at) low = middle + 1;
      else high = middle;
    }
    return low;
  });
}

test.each([
  [0.5, 100_000, 12_500],
  [0.8, 100_000, 12_500],
  [0.8, 10_000, 12_500],
  [1, 100_000, 12_500],
  [1, 100_000, 60_000],
  [1.2, 100_000, 60_000],
  [1.5, 100_000, 60_000],
] as const)(
  `keys by Zipf's law, s = %f, %i of them, %i pairs: what is left is told, seed ${SEED}`,
  (s, kinds, count) => {
    const keys = zipf(s, kinds, count, seededRandom(`${SEED} zipf ${s} ${kinds} ${count}`));
    const met = new Set(keys.slice(0, LOOKED_AT)).size;
    const left = (new Set(keys).size - met) / (count - LOOKED_AT);
    const told = shareLeft(lookAt(keys));
    expect(told).toBeLessThan(Math.max(1.3 * left, left + 0.2));
    expect(told).toBeGreaterThan(0.4 * left - 0.05);
  },
);

test('the more pairs are to come, the less of them is left', () => {
  const shares = [1024, 10_000, 100_000, 1_000_000].map((expected) =>
    shareLeft(firstLook({ distinct: 1000, once: 976, most: 3, expected })),
  );
  expect(shares).toEqual([...shares].sort((a, b) => b - a));
  expect(shares[0]).toBeCloseTo(1000 / 1024, 1);
});

test('keys of which one is met again and again leave more than even ones', () => {
  const look = { distinct: 900, once: 800, expected: 60_000 };
  expect(shareLeft(firstLook({ ...look, most: 40 }))).toBeGreaterThan(2 * shareLeft(firstLook({ ...look, most: 3 })));
});

test('keys that come once each are left as they are', () => {
  expect(paysToCombine(firstLook({ distinct: 1024, once: 1024, most: 1, expected: 5_000_000 }))).toBe(false);
});

test('where few keys were followed by keys that come once each, these decide', () => {
  const first = { pairs: 1024, distinct: 10, once: 0, most: 120 };
  const now = { pairs: 131_072, distinct: 32_778, first, before: { pairs: 65_536, distinct: 10 } };
  for (const expected of [131_072, 200_000, 1_000_000]) expect(shareLeft({ ...now, expected })).toBeGreaterThan(0.45);
});
