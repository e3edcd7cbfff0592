import type { LoadedBatch } from '../../harness/open-loop.ts';
import { median, quantile } from '../../stats/stats.ts';

/** What disturbed a run, in batches from its first measured one. */
export interface Disturbance {
  /** Batches before this one tell what latency is without it. */
  readonly before: number;
  /** The first batch after it, or the one in which it happened if it was over at once. */
  readonly end: number;
  /** The first batch that is not looked at any more. */
  readonly until: number;
}

/** Latency is what it was when it is below this much of its median before. */
const CALM = 1.5;
/** Or below this quantile of it, where it was not steady before either. */
const USUAL = 0.95;
/** One batch may be fast by chance. */
const IN_A_ROW = 3;

/**
 * From the end of a disturbance to the first of three batches in a row whose latency is what it was before it, in ms; all the
 * time there was, if there is none.
 *
 * @throws RangeError where there is no batch before it
 */
export function recoveryMs(
  batches: readonly LoadedBatch[],
  { before, end, until }: Disturbance,
  intervalMs: number,
): number {
  const usual = batches.slice(0, before).map(({ latencyMs }) => latencyMs);
  const limit = Math.max(CALM * median(usual), quantile(usual, USUAL));
  const after = batches.slice(end, until).map(({ latencyMs }) => latencyMs <= limit);
  const found = after.findIndex(
    (_, i) => i + IN_A_ROW <= after.length && !after.slice(i, i + IN_A_ROW).includes(false),
  );
  return (found < 0 ? until - end : found) * intervalMs;
}
