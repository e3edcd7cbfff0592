import { describe, expect, it } from 'vitest';
import { estimate, median, pairRatios, quantile, seededRandom } from './stats.ts';

describe('median and quantile', () => {
  it('takes the middle value, or the mean of the two middle ones', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([7])).toBe(7);
  });

  it('orders by number and leaves its argument as it was', () => {
    const values = [10, 9, 100];
    expect(median(values)).toBe(10);
    expect(values).toEqual([10, 9, 100]);
  });

  it('interpolates as type 7 does', () => {
    expect(quantile([1, 2, 3, 4], 0.25)).toBe(1.75);
    expect(quantile([1, 2, 3, 4], 0)).toBe(1);
    expect(quantile([1, 2, 3, 4], 1)).toBe(4);
  });

  it('refuses to say anything about nothing', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('seededRandom', () => {
  it('repeats with a seed and stays in [0, 1)', () => {
    const draw = (seed: number) => Array.from({ length: 1000 }, seededRandom(seed));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7).every((x) => x >= 0 && x < 1)).toBe(true);
    expect(median(draw(7))).toBeCloseTo(0.5, 1);
  });
});

describe('estimate', () => {
  it('encloses the median and stays within the values', () => {
    const { value, low, high, runs } = estimate([5, 1, 4, 2, 3, 9, 7]);
    expect(value).toBe(4);
    expect(runs).toBe(7);
    expect(low).toBeLessThanOrEqual(4);
    expect(high).toBeGreaterThanOrEqual(4);
    expect(low).toBeGreaterThanOrEqual(1);
    expect(high).toBeLessThanOrEqual(9);
  });

  it('has no width where the runs agree, and a wider one the more they differ', () => {
    expect(estimate([2, 2, 2, 2, 2])).toEqual({ value: 2, low: 2, high: 2, runs: 5 });
    const width = (spread: number) => {
      const { low, high } = estimate([-2, -1, 0, 1, 2].map((x) => 10 + x * spread));
      return high - low;
    };
    expect(width(2)).toBeGreaterThan(width(0.1));
  });

  it('gives the same interval for the same values and seed', () => {
    const values = [1.1, 0.9, 1.3, 1, 1.2];
    expect(estimate(values, 3)).toEqual(estimate(values, 3));
  });

  it('covers the true median in about 95 of 100 cases', () => {
    const random = seededRandom(11);
    let covered = 0;
    for (let i = 0; i < 200; i++) {
      const { low, high } = estimate(
        Array.from({ length: 25 }, () => random()),
        i,
      );
      if (low <= 0.5 && high >= 0.5) covered += 1;
    }
    expect(covered / 200).toBeGreaterThan(0.9);
  });
});

describe('pairRatios', () => {
  it('divides pair by pair, so that what slows a whole round cancels out', () => {
    expect(pairRatios([10, 20, 5], [5, 10, 2.5])).toEqual([2, 2, 2]);
  });

  it('refuses values that are no pairs', () => {
    expect(() => pairRatios([1], [1, 2])).toThrow(RangeError);
  });
});
