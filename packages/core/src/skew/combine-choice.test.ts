import { expect, test } from 'vitest';
import { seededRandom } from '../lineage/builtins.ts';
import { paysToCombine, shareLeft } from './combine-choice.ts';

const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now());
const LOOKED_AT = 1024;

function lookAt(keys: readonly number[]) {
  const looked = keys.slice(0, LOOKED_AT);
  const half = new Set(looked.slice(0, LOOKED_AT / 2)).size;
  return { pairs: looked.length, distinct: new Set(looked).size, distinctInHalf: half, expected: keys.length };
}

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

test('the more pairs are to come, the less of them is left', () => {
  const look = { pairs: 1024, distinct: 1000, distinctInHalf: 506 };
  const shares = [1024, 10_000, 100_000, 1_000_000].map((expected) => shareLeft({ ...look, expected }));
  expect(shares).toEqual([...shares].sort((a, b) => b - a));
  expect(shares[0]).toBeCloseTo(1000 / 1024, 1);
});

test('keys that go on to grow leave more than even ones of which as many were met', () => {
  const look = { pairs: 1024, distinct: 700, expected: 60_000 };
  // Nothing new in the second half, and as many new ones as in the first.
  const even = shareLeft({ ...look, distinctInHalf: 600 });
  const growing = shareLeft({ ...look, distinctInHalf: 380 });
  expect(growing).toBeGreaterThan(2 * even);
});

test('keys that come once each are left as they are', () => {
  expect(paysToCombine({ pairs: 1024, distinct: 1024, distinctInHalf: 512, expected: 5_000_000 })).toBe(false);
});
