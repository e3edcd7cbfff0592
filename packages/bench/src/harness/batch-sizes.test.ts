import { expect, it } from 'vitest';
import { batchSizes } from './batch-sizes.ts';

const sizes = (rate: number, intervalMs: number, factors: readonly number[]) =>
  factors.map(batchSizes(rate, intervalMs));

it('keeps any rate on the whole', () => {
  expect(sizes(100_000, 20, [1, 1, 2, 1])).toEqual([2000, 2000, 4000, 2000]);
  expect(sizes(10, 20, new Array(10).fill(1))).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  for (const rate of [24, 25, 30, 70, 75, 333]) {
    const total = sizes(rate, 20, new Array(3000).fill(1)).reduce((a, b) => a + b, 0);
    expect(total, `${rate} a second`).toBe(rate * 60);
  }
});
