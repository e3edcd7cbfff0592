import { expect, it } from 'vitest';
import type { LoadedBatch } from '../../harness/open-loop.ts';
import { recoveryMs } from './recovery.ts';

/** Batches of 10 ms with these latencies. */
const batches = (...latencies: number[]): LoadedBatch[] =>
  latencies.map((latencyMs, i) => ({
    records: 1,
    atMs: i * 10,
    schedulingDelayMs: 0,
    processingMs: latencyMs,
    latencyMs,
  }));

it('ends with the first of three batches in a row that are as fast as those before', () => {
  const run = batches(4, 4, 4, 90, 80, 70, 20, 5, 9, 4, 5, 6, 4);
  // One that is fast by itself does not count (5, then 9 > 1.5 × 4).
  expect(recoveryMs(run, { before: 3, end: 5, until: 13 }, 10)).toBe(40);
});

it('is nothing where latency never changed', () => {
  expect(recoveryMs(batches(4, 5, 4, 5, 4, 5), { before: 3, end: 3, until: 6 }, 10)).toBe(0);
});

it('is all the time there was, where latency did not come back or the run was given up', () => {
  const slow = batches(4, 4, 4, 90, 80, 70, 60, 50);
  expect(recoveryMs(slow, { before: 3, end: 4, until: 8 }, 10)).toBe(40);
  expect(recoveryMs(slow.slice(0, 4), { before: 3, end: 4, until: 8 }, 10)).toBe(40);
  // Two fast ones at the end may be chance.
  expect(recoveryMs(batches(4, 4, 4, 90, 80, 4, 4), { before: 3, end: 4, until: 7 }, 10)).toBe(30);
});

it('looks no further than the next disturbance', () => {
  const twice = batches(4, 4, 4, 90, 80, 70, 60, 4, 4, 4);
  expect(recoveryMs(twice, { before: 3, end: 4, until: 6 }, 10)).toBe(20);
});

it('takes for usual what was usual where latency is not steady', () => {
  const uneven = batches(...Array.from({ length: 20 }, (_, i) => (i % 4 === 0 ? 12 : 4)), 90, 12, 4, 4, 4);
  expect(recoveryMs(uneven, { before: 20, end: 21, until: 25 }, 10)).toBe(0);
});
