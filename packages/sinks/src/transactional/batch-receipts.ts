import type { Receipt } from './target.ts';

/** What the receipts say of one batch. */
export interface BatchReceipts {
  /** Batch time in ms. */
  readonly time: number;
  /** How many partitions the batch has. */
  readonly numPartitions: number;
  /** Those that are written, in order. */
  readonly partitions: readonly number[];
  /** How many records these have. */
  readonly records: number;
  /** Whether all are written. */
  readonly complete: boolean;
}

/**
 * Receipts by batch, in order of time.
 *
 * @example
 * ```ts
 * const receipt = { job: 'j', output: 'o', time: 1000, partition: 1, numPartitions: 2, records: 5 };
 * batchReceipts([receipt])[0]?.complete; // false
 * ```
 */
export function batchReceipts(receipts: Iterable<Receipt>): BatchReceipts[] {
  const sorted = [...receipts].sort((a, b) => a.time - b.time || a.partition - b.partition);
  return [...Map.groupBy(sorted, ({ time }) => time)].map(([time, parts]) => {
    const { numPartitions } = parts[0] as Receipt;
    return {
      time,
      numPartitions,
      partitions: parts.map(({ partition }) => partition),
      records: parts.reduce((sum, { records }) => sum + records, 0),
      complete: parts.length === numPartitions,
    };
  });
}
