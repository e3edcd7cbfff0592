import { expect, test } from 'vitest';
import { resampled } from './resampled.ts';

test('a figure of some batches has the interval of their draws', () => {
  const median3 = (some: readonly number[]) => [...some].sort((a, b) => a - b)[some.length >> 1]!;
  expect(resampled([1, 2, 3, 4, 50], median3)).toMatchObject({ value: 3, low: 1, runs: 5 });
  expect(resampled([2, 2, 2], median3)).toEqual({ value: 2, low: 2, high: 2, runs: 3 });
});
