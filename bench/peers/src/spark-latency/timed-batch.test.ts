import { expect, it } from 'vitest';
import { LEAST_BATCHES, sustains, sustainsWithEase, type TimedBatch } from './timed-batch.ts';

const INTERVAL_MS = 20;

/** @param of delay and processing of the n-th batch, both in ms */
function batches(of: (n: number) => readonly [delay: number, processing: number], count = 100): TimedBatch[] {
  return Array.from({ length: count }, (_, n) => {
    const [delayMs, processingMs] = of(n);
    return { delayMs, processingMs };
  });
}

const steady = (delay: number, processing: number, count?: number) => batches(() => [delay, processing], count);

it('holds where delay and processing stay small, and does not say so of too few batches', () => {
  expect(sustains(steady(1, 5), INTERVAL_MS)).toBe(true);
  expect(sustains(steady(1, 5, LEAST_BATCHES), INTERVAL_MS)).toBe(true);
  expect(sustains(steady(1, 5, LEAST_BATCHES - 1), INTERVAL_MS)).toBe(false);
});

it('does not hold where the delay grows by half an interval, or stays out of hand', () => {
  const growing = (by: number) => batches((n) => [(n * by) / 100, 5]);
  // From the middle of the first third to that of the last are two thirds of the growth.
  expect(sustains(growing(0.7 * INTERVAL_MS), INTERVAL_MS)).toBe(true);
  expect(sustains(growing(0.8 * INTERVAL_MS), INTERVAL_MS)).toBe(false);
  expect(sustains(steady(5 * INTERVAL_MS, 5), INTERVAL_MS)).toBe(true);
  expect(sustains(steady(5 * INTERVAL_MS + 1, 5), INTERVAL_MS)).toBe(false);
});

it('forgives a queue that is worked off, and a stall that few batches see', () => {
  expect(
    sustains(
      batches((n) => [Math.max(0, 200 - 4 * n), 5]),
      INTERVAL_MS,
    ),
  ).toBe(true);
  expect(
    sustains(
      batches((n) => [n === 50 ? 300 : 1, n % 25 === 0 ? 200 : 5]),
      INTERVAL_MS,
    ),
  ).toBe(true);
});

it('does not hold where more than 5 of 100 batches are processed in no less than the interval', () => {
  expect(
    sustains(
      batches((n) => [1, n % 10 === 0 ? INTERVAL_MS : 5]),
      INTERVAL_MS,
    ),
  ).toBe(false);
  expect(sustains(steady(1, INTERVAL_MS), INTERVAL_MS)).toBe(false);
  expect(sustains(steady(1, INTERVAL_MS - 1), INTERVAL_MS)).toBe(true);
});

it('holds with ease where the typical batch takes half of the interval, and it holds', () => {
  expect(sustainsWithEase(steady(1, INTERVAL_MS / 2), INTERVAL_MS)).toBe(true);
  expect(sustainsWithEase(steady(1, INTERVAL_MS / 2 + 1), INTERVAL_MS)).toBe(false);
  expect(
    sustainsWithEase(
      batches((n) => [n, 1]),
      INTERVAL_MS,
    ),
  ).toBe(false);
});
