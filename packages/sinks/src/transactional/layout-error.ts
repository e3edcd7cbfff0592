import { error } from '@millrace/core/connector';
import type { Receipt } from './target.ts';

/**
 * The error of a partition whose batch is known with another number of partitions: MR_SINK_LAYOUT. Targets throw it from `commit`.
 *
 * @param known how many partitions the receipts that are there speak of
 * @example
 * ```ts
 * const receipt = { job: 'j', output: 'o', time: 1000, partition: 2, numPartitions: 3, records: 5 };
 * layoutError(receipt, 2).code; // 'MR_SINK_LAYOUT'
 * ```
 */
export function layoutError({ output, time, numPartitions }: Receipt, known: number) {
  return error('MR_SINK_LAYOUT', { sink: output, time, known, found: numPartitions });
}
