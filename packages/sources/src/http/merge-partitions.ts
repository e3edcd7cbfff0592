import type { SourcePartition } from '@millrace/core';
import type { LoggedRange } from '@millrace/core/connector';

/**
 * Puts small neighbours together: a thousand requests are a thousand blocks, and must not be a thousand tasks. The order of records
 * stays, and so does what is large already.
 *
 * @param count about how many partitions of equal size there should be
 * @param size how many records a partition has
 * @example
 * ```ts
 * const small = [1, 2, 3, 4].map((n) => ({ kind: 'live' as const, records: [n] }));
 * mergePartitions(small, 2).length; // 2
 * ```
 */
export function mergePartitions(partitions: readonly SourcePartition[], count: number): readonly SourcePartition[] {
  const total = partitions.reduce((sum, partition) => sum + sizeOf(partition), 0);
  const enough = Math.ceil(total / count);
  const merged: SourcePartition[] = [];
  let run: SourcePartition[] = [];
  let size = 0;
  const cut = () => {
    if (run.length > 0) merged.push(run.length === 1 ? run[0]! : together(run));
    run = [];
    size = 0;
  };
  for (const partition of partitions) {
    if (run.length > 0 && kindOf(run[0]!) !== kindOf(partition)) cut();
    run.push(partition);
    size += sizeOf(partition);
    if (size >= enough) cut();
  }
  cut();
  return merged;
}

function sizeOf(partition: SourcePartition): number {
  if (partition.kind === 'live') return partition.records.length;
  const { blocks } = partition.kind === 'range' ? (partition.range as LoggedRange) : partition;
  // By the same figures, whether they are in memory or in the log.
  return blocks.reduce((sum, block) => sum + Math.max(0, block.count), 0);
}

/** What is read from the log after a restart is laid out as it was laid out before. */
function kindOf(partition: SourcePartition): string {
  return partition.kind === 'range' ? `range of ${(partition.range as LoggedRange).held}` : partition.kind;
}

/** Partitions of one kind as one. */
function together(run: readonly SourcePartition[]): SourcePartition {
  if (run[0]!.kind === 'live') {
    return { kind: 'live', records: run.flatMap((partition) => (partition.kind === 'live' ? partition.records : [])) };
  }
  if (run[0]!.kind === 'range') {
    const range = run.flatMap((partition) => (partition.kind === 'range' ? [partition.range as LoggedRange] : []));
    return { kind: 'range', range, count: run.reduce((sum, partition) => sum + sizeOf(partition), 0) };
  }
  return { kind: 'blocks', blocks: run.flatMap((partition) => (partition.kind === 'blocks' ? partition.blocks : [])) };
}
