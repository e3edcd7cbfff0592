import { expect, it } from 'vitest';
import { firstThatHolds, smallestInterval } from './smallest-interval.ts';

/** Holds from an interval on; counts what was asked. */
function from(least: number) {
  const asked: number[] = [];
  const holds = async (intervalMs: number) => {
    asked.push(intervalMs);
    return intervalMs >= least;
  };
  return { asked, holds };
}

const whole = { least: 1, most: 500 };

it('finds the smallest interval from above and from below, to the precision or the ms', async () => {
  for (const least of [1, 2, 3, 7, 22, 23, 100, 487, 500]) {
    for (const start of [1, 20, 24, 500]) {
      const { holds, asked } = from(least);
      const found = (await smallestInterval(holds, { ...whole, from: start })) as number;
      expect(found).toBeGreaterThanOrEqual(least);
      expect(found, `${least} from ${start}: ${asked}`).toBeLessThanOrEqual(Math.max(least, Math.floor(least * 1.06)));
      // What fails is asked twice.
      expect(asked.length).toBeLessThan(45);
      expect(Math.min(...asked)).toBeGreaterThanOrEqual(whole.least);
      expect(Math.max(...asked)).toBeLessThanOrEqual(whole.most);
      expect(asked.every(Number.isInteger)).toBe(true);
    }
  }
});

it('is done at once where the least interval holds, and gives nothing where not even the greatest does', async () => {
  const least = from(1);
  expect(await smallestInterval(least.holds, { ...whole, from: 1 })).toBe(1);
  expect(least.asked).toEqual([1]);
  const never = from(501);
  expect(await smallestInterval(never.holds, { ...whole, from: 400 })).toBeNull();
  expect(never.asked).toEqual([400, 400, 500, 500]);
});

it('tries once more what has failed', async () => {
  const tried = new Map<number, number>();
  const second = async (intervalMs: number) => {
    const times = (tried.get(intervalMs) ?? 0) + 1;
    tried.set(intervalMs, times);
    return times === 2 && intervalMs >= 10;
  };
  expect(await smallestInterval(second, { ...whole, from: 12 })).toBe(10);
  tried.clear();
  expect(await firstThatHolds(second, [5, 10, 20])).toBe(10);
  expect([...tried]).toEqual([
    [5, 2],
    [10, 2],
  ]);
});

it('a ladder of which no rung holds gives nothing', async () => {
  expect(await firstThatHolds(from(30).holds, [5, 10, 20])).toBeNull();
});
