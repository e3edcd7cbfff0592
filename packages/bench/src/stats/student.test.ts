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

it('is as exact close to 1, where corrections for many rows ask', () => {
  // Closed forms for 1, 2 and 4 degrees of freedom: https://en.wikipedia.org/wiki/Quantile_function#Student's_t-distribution
  const four = (p: number) => {
    const a = Math.sqrt(4 * p * (1 - p));
    return 2 * Math.sqrt(Math.cos(Math.acos(a) / 3) / a - 1);
  };
  for (const p of [0.9, 0.9993, 0.99999, 0.999999]) {
    expect(studentQuantile(p, 1) / Math.tan(Math.PI * (p - 0.5))).toBeCloseTo(1, 5);
    expect(studentQuantile(p, 2) / ((2 * p - 1) / Math.sqrt(2 * p * (1 - p)))).toBeCloseTo(1, 5);
    expect(studentQuantile(p, 4) / four(p)).toBeCloseTo(1, 5);
  }
  // With many it is the normal distribution's.
  expect(studentQuantile(0.99999, 1e6)).toBeCloseTo(4.2649, 3);
});
