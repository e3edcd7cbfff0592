import { median } from '@millrace/bench';

/** Milliseconds of the tasks of a stage, in the order of their partitions. */
export type StageTimes = readonly number[];

/** Of batches with the same stages the median time of each task. */
export function medianTimes(batches: readonly (readonly StageTimes[])[]): StageTimes[] {
  return batches[0]!.map((stage, s) => stage.map((_, task) => median(batches.map((stages) => stages[s]![task]!))));
}

/**
 * How long a batch would take on so many slots, from the times that its tasks took one after the other: a stage begins when the one before
 * is over, and a task runs in the slot of its partition, as the engine places it. Nothing for messages, and nothing for what tasks that
 * run at the same time do to one another: caches, memory, turbo.
 */
export function simulatedBatch(stages: readonly StageTimes[], slots: number): number {
  return stages.reduce((sum, tasks) => sum + Math.max(0, ...slotTimes(tasks, slots)), 0);
}

function slotTimes(tasks: StageTimes, slots: number): number[] {
  const times = new Array<number>(Math.min(slots, tasks.length)).fill(0);
  for (const [partition, ms] of tasks.entries()) times[partition % slots]! += ms;
  return times;
}
