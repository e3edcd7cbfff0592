import { expect, it } from 'vitest';
import type { CompletedBatch } from '../../harness/killed/messages.ts';
import { recoveryFigures, timelineOf } from './driver-kill.ts';

const INTERVAL = 100;
const ZERO = 50_000;

/** A batch of ten records that was complete so many ms after its time. */
const batch = (n: number, afterMs: number, processingDelay = 7): CompletedBatch => ({
  kind: 'completed',
  batch: n,
  batchTime: ZERO + n * INTERVAL,
  processingStartTime: ZERO + n * INTERVAL + 1,
  processingDelay,
  deliveredAt: ZERO + n * INTERVAL + afterMs - 2,
  completedAt: ZERO + n * INTERVAL + afterMs,
  digest: '',
});

const killedAt = ZERO + 2 * INTERVAL + 5;
const run = {
  killedAt,
  loadedAt: killedAt + 100,
  startedAt: killedAt + 150,
  // Batch 2 was cut off and runs again; 3 and 4 had to wait.
  batches: [batch(0, 10), batch(1, 12), batch(2, 400), batch(3, 320), batch(4, 240), batch(5, 160), batch(6, 80)],
  before: 2,
};

it('counts from the kill to what is loaded, to the start, to the first batch and to the first that is complete before the next is due', () => {
  expect(recoveryFigures(run, INTERVAL).map(({ value }) => value)).toEqual([100, 150, 395, 475]);
});

it('counts to the last batch where the job never got up to date, or had no batch', () => {
  const behind = { ...run, batches: run.batches.slice(0, 5) };
  expect(recoveryFigures(behind, INTERVAL).map(({ value }) => value)).toEqual([100, 150, 395, 435]);
  expect(recoveryFigures({ ...run, batches: run.batches.slice(0, 2) }, INTERVAL)[2]?.value).toBe(0);
});

it('shows each measured batch once, in their order, on the time axis of both processes', () => {
  const twice = [batch(0, 10), batch(1, 12), batch(2, 20, 3), batch(2, 400, 9), batch(3, 320), batch(4, 240)];
  const times = { warmUp: 1, total: 4, size: 10, intervalMs: INTERVAL };
  expect(timelineOf(twice, times)).toEqual([
    { records: 10, atMs: 0, schedulingDelayMs: 1, processingMs: 7, latencyMs: 12 - 2 + INTERVAL / 10 },
    { records: 10, atMs: 100, schedulingDelayMs: 1, processingMs: 9, latencyMs: 400 - 2 + INTERVAL / 10 },
    { records: 10, atMs: 200, schedulingDelayMs: 1, processingMs: 7, latencyMs: 320 - 2 + INTERVAL / 10 },
  ]);
});
