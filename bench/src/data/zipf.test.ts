import { expect, it } from 'vitest';
import { movingZipf } from './moving-zipf.ts';
import { zipfRanks } from './zipf.ts';

const SEED = Math.floor(Math.random() * 2 ** 32);
const DRAWS = 100_000;

it.each([0, 0.8, 1, 1.5])(`draws the rank r as often as 1 / (r + 1)^%d says (seed ${SEED})`, (s) => {
  const rank = zipfRanks(100, s, SEED);
  const counts = new Array<number>(100).fill(0);
  for (let i = 0; i < DRAWS; i++) counts[rank()]! += 1;
  const total = counts.reduce((sum, _, r) => sum + 1 / (r + 1) ** s, 0);
  for (const r of [0, 1, 9, 99]) {
    const expected = DRAWS / (r + 1) ** s / total;
    expect(Math.abs(counts[r]! - expected), `rank ${r}`).toBeLessThan(6 * Math.sqrt(expected) + 6);
  }
});

it(`has another hot key after each shift, and the same pairs whenever they are asked for (seed ${SEED})`, () => {
  const input = movingZipf({ keys: 1000, s: 1.5, shiftAfter: 5000, seed: SEED });
  const hot = [0, 1, 2].map((shift) => {
    const counts = new Map<string, number>();
    for (const [key] of input.records(shift * 5000, (shift + 1) * 5000)) counts.set(key, (counts.get(key) ?? 0) + 1);
    const [key, n] = [...counts].sort((a, b) => b[1] - a[1])[0]!;
    expect(n).toBeGreaterThan(0.3 * 5000);
    return key;
  });
  expect(new Set(hot).size).toBe(3);
  expect(input.records(4990, 5010)).toEqual([...input.records(4990, 5000), ...input.records(5000, 5010)]);
});
