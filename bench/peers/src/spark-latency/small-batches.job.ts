import { defineJob, milliseconds, type QueueEntry } from '@millrace/core';

/** As Spark's side has it. */
const PARTITIONS = 2;

/** Words, counted batch by batch: two stages with a shuffle between them, and two partitions each. */
export default defineJob(
  { name: 'peers-small-batches', batchInterval: ({ intervalMs }: SmallBatchesParams) => milliseconds(intervalMs) },
  (ssc, _params: SmallBatchesParams) => {
    const queue: QueueEntry<string>[] = [];
    const output = ssc
      .queueStream(queue, { numPartitions: PARTITIONS })
      .map((word): [string, number] => [word, 1])
      .reduceByKey((a, b) => a + b, { numPartitions: PARTITIONS });
    return { queue, output };
  },
);

export interface SmallBatchesParams {
  readonly intervalMs: number;
}
