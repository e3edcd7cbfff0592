import { expect, it } from 'vitest';
import { highestRate } from './search.ts';

it('finds the edge from below and from above, to its precision', async () => {
  for (const from of [10, 1000, 50_000]) {
    const found = await highestRate(async (rate) => rate <= 1234, { from, tries: 60 });
    expect(found.holds).toBeLessThanOrEqual(1234);
    expect(found.fails).toBeGreaterThan(1234);
    expect(found.fails / found.holds).toBeLessThanOrEqual(1.08);
  }
});

it('says 0 where nothing holds, and tries a rate that failed once more', async () => {
  const tried: number[] = [];
  expect(
    await highestRate(
      async (rate) => {
        tried.push(rate);
        return false;
      },
      { from: 8, tries: 3 },
    ),
  ).toEqual({ holds: 0, fails: expect.any(Number) });
  expect(tried.length).toBe(6);
  expect(tried[0]).toBe(tried[1]);
  let failedOnce = false;
  const flaky = async (rate: number) => {
    if (rate === 100 && !failedOnce) {
      failedOnce = true;
      return false;
    }
    return rate <= 100;
  };
  expect((await highestRate(flaky, { from: 100, tries: 30 })).holds).toBeGreaterThanOrEqual(100);
});
