import { expect, test } from 'vitest';
import { seededRandom } from '../lineage/builtins.ts';
import { paysToCombine, shareLeft } from './combine-choice.ts';

const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now());
const LOOKED_AT = 1024;

function lookAt(keys: readonly number[]) {
  const counts = new Map<number, number>();
  const looked = keys.slice(0, LOOKED_AT);
  for (const key of looked) counts.set(key, (counts.get(key) ?? 0) + 1);
  return { pairs: looked.length, distinct: counts.size, most: Math.max(0, ...counts.values()), expected: keys.length };
}

test.each([1000, 10_000, 30_000, 100_000, 1_000_000])(
  `tells what combining leaves of keys that are drawn evenly from %i, seed ${SEED}`,
  (kinds) => {
    const random = seededRandom(`${SEED} ${kinds}`);
    const keys = Array.from({ length: 60_000 }, () => Math.floor(random() * kinds));
    expect(Math.abs(shareLeft(lookAt(keys)) - new Set(keys).size / keys.length)).toBeLessThan(0.25);
  },
);

test('combines few keys, and not many that are even', () => {
  const few = { pairs: 2048, distinct: 900, most: 5, expected: 60_000, reducers: 8 };
  expect(paysToCombine(few)).toBe(true);
  const many = { pairs: 2048, distinct: 2030, most: 3, expected: 60_000, reducers: 8 };
  expect(paysToCombine(many)).toBe(false);
  expect(paysToCombine({ ...many, distinct: 2048, most: 1 })).toBe(false);
  // So many more are to come that these keys come again and again.
  expect(paysToCombine({ ...many, expected: 5_000_000 })).toBe(true);
});

test('combines where one key would weigh on its reducer, though all others are even', () => {
  const look = { pairs: 2048, distinct: 1900, most: 149, expected: 4096 };
  expect(paysToCombine({ ...look, reducers: 8 })).toBe(true);
  // A quarter of the even share of two partitions is more than it has.
  expect(paysToCombine({ ...look, reducers: 2 })).toBe(false);
  // Seven sightings are chance, whatever the number of reducers.
  expect(paysToCombine({ ...look, distinct: 2042, most: 7, reducers: 1000 })).toBe(false);
});
