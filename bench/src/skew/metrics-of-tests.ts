import type { BatchTaskInfo, ShuffleMetrics, ShuffleSplit } from '@millrace/core';
import type { MeasuredBatch } from './figures.ts';

/** Metrics of a shuffle. */
export function shuffleOf(records: readonly number[], more: Partial<ShuffleMetrics> = {}): ShuffleMetrics {
  return {
    operator: 'join-1',
    side: null,
    records,
    moved: records.reduce((sum, n) => sum + n, 0),
    combined: 0,
    encodedBytes: 0,
    bytes: [],
    taskMs: records.map(() => 1),
    maxOverMeanRecords: 0,
    maxOverMeanMs: 0,
    heavyKeys: [],
    split: null,
    ...more,
  };
}

/** How keys were split. */
export function splitOf(partitions: readonly number[], planMs: number, assemblyMs: readonly number[]): ShuffleSplit {
  return { keys: partitions.map((n, i) => ({ key: `k${i}`, partitions: n })), planMs, assemblyMs };
}

/** A batch with these shuffles. */
export function batchOf(shuffles: readonly ShuffleMetrics[], ms = 100): MeasuredBatch {
  return { ms, cpuMs: ms, shuffleBytes: 2e6, tasks: { shuffles } as unknown as BatchTaskInfo };
}
