import type { Duration } from '@millrace/core';
import { durationMs } from '@millrace/core/connector';
import type { Receipt } from '../transactional/index.ts';

/** Where receipts are unless a name is given. */
export const RECEIPTS = 'millrace_receipts';

/** How long receipts stay unless it is said: a week before the newest batch, in ms. */
const KEEP_MS = 7 * 24 * 3600 * 1000;

/** So many batches keep their receipts however old they are: some of them may still run again. */
export const KEEP_BATCHES = 100;

/**
 * The row that stands for the batch as a whole: the first partition that is committed writes it, and all that come later
 * compare their number of partitions with it.
 */
export const BATCH_ROW = -1;

/** A row of the receipts as both databases give it. */
export interface ReceiptRow {
  readonly job: string;
  readonly output: string;
  readonly batch_time: number | string;
  readonly partition: number;
  readonly num_partitions: number;
  readonly records: number | string;
}

/** The receipt of a row. */
export function toReceipt(row: ReceiptRow): Receipt {
  return {
    job: row.job,
    output: row.output,
    time: Number(row.batch_time),
    partition: row.partition,
    numPartitions: row.num_partitions,
    records: Number(row.records),
  };
}

/** Checks how long receipts stay; Infinity for 'forever'. @throws MR_DURATION */
export function checkKeep(option: string, keep: Duration | number | 'forever' = KEEP_MS): number {
  return keep === 'forever' ? Infinity : durationMs(keep, option);
}
