import type { SinkPartition } from '@millrace/core';

/** What names the write of a partition: the same whenever it is written again, whichever attempt or process does it. */
export interface ReceiptId {
  /** Name of the job. */
  readonly job: string;
  /** Name of the output. */
  readonly output: string;
  /** Batch time in ms. */
  readonly time: number;
  /** Number of the partition, from 0. */
  readonly partition: number;
}

/** What the outside system keeps beside the rows of a partition, from the same transaction: that they are there. */
export interface Receipt extends ReceiptId {
  /** How many partitions the batch had. */
  readonly numPartitions: number;
  /** How many records were written. */
  readonly records: number;
}

/** A transaction of the outside system. Nothing of it is seen by others before `commit`. */
export interface TargetTransaction<T> {
  /** Writes some records; called again and again, in their order. */
  write(records: readonly T[]): void | Promise<void>;
  /**
   * Makes the rows and the receipt visible, both or neither, unless a receipt of the same job, output, time and partition
   * is there: then nothing of this transaction stays.
   *
   * @returns the receipt that is there now: this one, or the one of who was first
   * @throws MR_SINK_LAYOUT, made by `layoutError`, if another partition of the batch has a receipt with another
   * `numPartitions`; then nothing of this transaction stays either
   */
  commit(receipt: Receipt): Receipt | Promise<Receipt>;
  /** Takes everything back and frees what the transaction held. Called when `write` or `commit` has thrown. */
  rollback(): void | Promise<void>;
}

/**
 * An outside system with transactions, as `transactionalSink` writes to it. All its functions run where the partition is,
 * in a worker, and depend on their arguments and on imports.
 *
 * `transactionalTargetConformance` of `@millrace/sinks/testing` is the suite that a target passes.
 */
export interface TransactionalTarget<T> {
  /** What `explain` and the names of unnamed outputs call it. `transactionalSink` unless given. */
  readonly kind?: string;
  /** The receipt of a partition that was written before; null if there is none. */
  seen(id: ReceiptId, partition: SinkPartition): Receipt | null | Promise<Receipt | null>;
  /** Begins the transaction of a partition. Clients are opened by `partition.open(using(…))`. */
  begin(partition: SinkPartition): TargetTransaction<T> | Promise<TargetTransaction<T>>;
  /** Whether another try may succeed after this error: a lost connection, a deadlock. Without it nothing is tried again. */
  retryable?(reason: unknown): boolean;
  /** An error as it may be shown, without secrets. Without it errors are shown as they are. */
  shown?(reason: unknown): Error;
}
