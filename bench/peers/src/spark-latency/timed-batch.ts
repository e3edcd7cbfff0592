import { median, quantile } from '@millrace/bench';

/** A batch, as an engine's own listener tells of it. Times in ms. */
export interface TimedBatch {
  /** From its batch time, which is when its records have come, to the begin of its processing. */
  readonly delayMs: number;
  readonly processingMs: number;
}

/** Fewer batches say nothing of an interval. */
export const LEAST_BATCHES = 60;
/** A delay of more intervals than that is out of hand, even where it does not grow. */
const MOST_DELAY = 5;
/** A third of the batches is compared with another. */
const PARTS = 3;
/** The share of batches whose processing must end within the interval. */
const IN_TIME = 0.95;
/** An interval that is held with ease leaves the engine idle for so much of it. */
const IDLE = 0.5;

/**
 * Whether an engine sustains an interval: the delay before batches begin does not grow from the first third of them to the last by half
 * an interval, and 95 of 100 batches are processed in less than the interval. An engine that was given up, and has fewer than
 * 60 batches, does not.
 */
export function sustains(batches: readonly TimedBatch[], intervalMs: number): boolean {
  if (batches.length < LEAST_BATCHES || delayGrows(batches, intervalMs)) return false;
  return quantile(processing(batches), IN_TIME) < intervalMs;
}

/** Whether it does so with ease: the typical batch takes at most half of the interval. */
export function sustainsWithEase(batches: readonly TimedBatch[], intervalMs: number): boolean {
  return sustains(batches, intervalMs) && median(processing(batches)) <= intervalMs * (1 - IDLE);
}

function delayGrows(batches: readonly TimedBatch[], intervalMs: number): boolean {
  const part = Math.floor(batches.length / PARTS);
  const delay = (some: readonly TimedBatch[]) => median(some.map(({ delayMs }) => delayMs));
  const [first, last] = [delay(batches.slice(0, part)), delay(batches.slice(-part))];
  return last - first > intervalMs / 2 || last > MOST_DELAY * intervalMs;
}

const processing = (batches: readonly TimedBatch[]) => batches.map(({ processingMs }) => processingMs);
