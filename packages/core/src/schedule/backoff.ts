import { type Duration, durationMs } from '../api/time.ts';
import { error } from '../errors/index.ts';

/** How long to wait before something that failed is tried again: longer each time, up to a bound, and never in step with others. */
export interface Backoff {
  /** Bound of the first wait; 100 ms unless given. A number is milliseconds. */
  readonly initial?: Duration | number;
  /** Bound of the longest wait; 10 s unless given. */
  readonly max?: Duration | number;
}

/** A checked `Backoff`, in ms. Plain data. */
export interface BackoffMs {
  readonly initialMs: number;
  readonly maxMs: number;
}

/**
 * Checks what a user gave. Where only one of the bounds is given, the other one's default gives way.
 * @param usual the first wait in ms unless given
 * @throws MR_DURATION, MR_OPTION for a longest wait below the first
 */
export function checkedBackoff(option: string, backoff: Backoff = {}, usual: number = 100): BackoffMs {
  const { initial, max } = backoff;
  const maxMs = max === undefined ? null : durationMs(max, `${option}: max`);
  const initialMs = initial === undefined ? Math.min(usual, maxMs ?? usual) : durationMs(initial, `${option}: initial`);
  if (maxMs !== null && maxMs < initialMs)
    throw error('MR_OPTION', {
      option: `${option}: max`,
      value: max,
      rule: `must be at least initial, ${initialMs} ms`,
    });
  return { initialMs, maxMs: maxMs ?? Math.max(initialMs, 10_000) };
}

/**
 * How long to wait after so many failed attempts, in ms: anything up to a bound that doubles with each (full jitter).
 *
 * @param attempt number of the attempt that has failed, from 1
 * @param random gives numbers in [0, 1)
 * @example
 * ```ts
 * backoffMs(3, { initialMs: 100, maxMs: 10_000 }, () => 0.5); // 200
 * ```
 */
export function backoffMs(attempt: number, { initialMs, maxMs }: BackoffMs, random: () => number): number {
  return Math.round(random() * Math.min(maxMs, initialMs * 2 ** Math.min(attempt - 1, 52)));
}
