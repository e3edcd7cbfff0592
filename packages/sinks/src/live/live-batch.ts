/** What a live sink gives for a batch. */
export interface LiveBatch<T> {
  /** Batch time in ms since the epoch. */
  readonly time: number;
  /** All records of the batch, in order. */
  readonly records: readonly T[];
}
