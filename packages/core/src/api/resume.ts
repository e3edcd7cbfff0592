import type { BackendSession } from '../backend/contract.ts';
import { runAction } from '../lineage/action-runner.ts';
import type { BatchPlanner } from '../lineage/batch-planner.ts';
import type { CutOptions } from '../lineage/stage-cutter.ts';
import type { PlanNode } from '../plan/node.ts';
import type { Plan } from '../plan/plan.ts';
import { neededNodes } from '../plan/stateful-nodes.ts';
import type { Resumption } from './run-checkpoint.ts';

/** The first batch time strictly after a time, on a grid that runs through the zero time. All in ms. */
export function nextOnGrid(zeroTime: number, intervalMs: number, time: number): number {
  return zeroTime + (Math.floor((time - zeroTime) / intervalMs) + 1) * intervalMs;
}

/** That the clock stands before the last batch time of the run before, in words. All in ms. */
export function clockBehindText(now: number, lastPlanned: number, first: number): string {
  return (
    `The clock shows ${isoTime(now)}, which is ${lastPlanned - now} ms before the last batch time of the run before. ` +
    `No batch time comes twice: the next one is ${isoTime(first)}, when the clock gets there.`
  );
}

/** That the clock was set back while the job runs, in words. All in ms. */
export function clockSetBackText(byMs: number, next: number): string {
  return `The clock was set back by ${byMs} ms. No batch time comes twice: the next one is ${isoTime(next)}, when the clock gets there.`;
}

/** A time in ms as it stands in warnings. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** Batches that are due when a job goes on: those that were planned, then the times that were missed, up to `first`. */
export function* dueBatches(
  pending: readonly (readonly [time: number, intervalMs: number])[],
  firstMissed: number,
  first: number,
  intervalMs: number,
): Generator<readonly [time: number, intervalMs: number]> {
  yield* pending;
  for (let time = firstMissed; time < first; time += intervalMs) yield [time, intervalMs];
}

/**
 * Computes again what windows had kept of their inputs up to the last batch that is over. The first batch would do so by itself, but
 * it would then count in accumulators what was counted already. What cannot be computed is left to the batches that look back at it,
 * which fail as they would have.
 */
export async function refillWindows(
  plan: Plan,
  planner: BatchPlanner,
  session: BackendSession,
  { lastOver, early }: Pick<Resumption, 'lastOver' | 'early'>,
  options: Omit<CutOptions, 'time' | 'broadcasts'>,
  versionsAt: (time: number) => ReadonlyMap<string, number>,
): Promise<void> {
  const { grid } = planner;
  const compute = async (node: PlanNode, time: number) => {
    try {
      const rdd = planner.rdd(node, time);
      if (rdd !== null)
        await runAction(session, rdd, { kind: 'none' }, { ...options, time, broadcasts: versionsAt(time) });
    } catch {
      // A batch reports it.
    }
  };
  for (const window of neededNodes(plan)) {
    const { keepsInput, inputRetentionMs } = window.operator;
    if (keepsInput !== true || inputRetentionMs === undefined) continue;
    const last = grid.floor(window, lastOver);
    for (const input of window.inputs)
      for (const time of grid.times(input, last - inputRetentionMs(window), last)) await compute(input, time);
  }
  // What nobody had computed before its window is due is left to the window, and counts then.
  for (const [node, time] of early) await compute(node, time);
}
