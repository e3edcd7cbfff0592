import { expect, test } from 'vitest';
import { RateLimiter } from './rate-limiter.ts';

test('a portion is taken whole, and the next waits until it is earned', () => {
  const limiter = new RateLimiter({ maxRate: 100, initialRate: null }, 0);
  expect(limiter.waitMs(0)).toBe(0);
  limiter.take(150, 0);
  expect(limiter.waitMs(0)).toBe(1500);
  expect(limiter.waitMs(1000)).toBe(500);
  expect(limiter.waitMs(1500)).toBe(0);
});

test('over time the rate holds, however the portions come', () => {
  const limiter = new RateLimiter({ maxRate: 1000, initialRate: null }, 0);
  let taken = 0;
  for (let t = 0; t < 20_000; t += 7) {
    if (limiter.waitMs(t) > 0) continue;
    const portion = 1 + ((t * 31) % 97);
    limiter.take(portion, t);
    taken += portion;
  }
  expect(taken).toBeGreaterThan(19_800);
  expect(taken).toBeLessThan(20_100);
});

test('a pause saves one second of allowance, no more', () => {
  const limiter = new RateLimiter({ maxRate: 10, initialRate: null }, 0);
  limiter.take(10, 60_000);
  expect(limiter.waitMs(60_000)).toBe(0);
  limiter.take(1, 60_000);
  expect(limiter.waitMs(60_000)).toBeCloseTo(100, 6);
});

test('a new rate holds for what is still owed', () => {
  const limiter = new RateLimiter({ maxRate: null, initialRate: 10 }, 0);
  limiter.take(10, 0);
  expect(limiter.waitMs(0)).toBe(1000);
  limiter.updateRate(100, 0);
  expect(limiter.waitMs(0)).toBe(1000);
  limiter.updateRate(Number.POSITIVE_INFINITY, 0);
  expect(limiter.waitMs(0)).toBe(0);
  limiter.updateRate(5, 0);
  expect(limiter.currentLimit).toBe(5);
  expect(limiter.waitMs(0)).toBe(0);
});

test('without a limit nothing waits; rates that say nothing are ignored', () => {
  const limiter = new RateLimiter({ maxRate: null, initialRate: null }, 0);
  limiter.take(1e9, 0);
  expect(limiter.waitMs(0)).toBe(0);
  for (const rate of [0, -1, Number.NaN]) limiter.updateRate(rate, 0);
  expect(limiter.currentLimit).toBe(Number.POSITIVE_INFINITY);
});

test('a clock that runs backwards gives nothing away', () => {
  const limiter = new RateLimiter({ maxRate: 10, initialRate: null }, 1000);
  limiter.take(10, 1000);
  expect(limiter.waitMs(500)).toBe(1000);
});
