import { expect, it } from 'vitest';
import { studentQuantile } from './student.ts';

it('has the values of the printed tables', () => {
  // Two-sided 95 %: https://www.itl.nist.gov/div898/handbook/eda/section3/eda3672.htm
  const table = [
    [1, 12.706],
    [2, 4.303],
    [4, 2.776],
    [8, 2.306],
    [30, 2.042],
    [100, 1.984],
  ] as const;
  for (const [n, t] of table) expect(studentQuantile(0.975, n)).toBeCloseTo(t, 3);
  expect(studentQuantile(0.95, 10)).toBeCloseTo(1.812, 3);
  expect(studentQuantile(0.5, 7)).toBeCloseTo(0, 6);
});
