import { defineJob, milliseconds, type QueueEntry } from '@millrace/core';

/** How often each line occurs in a batch, counted in so many partitions. */
export default defineJob(
  { name: 'partitioned-words', batchInterval: milliseconds(100) },
  (ssc, { partitions }: { readonly partitions: number }) => {
    const queue: QueueEntry<string>[] = [];
    const output = ssc
      .queueStream(queue)
      .map((word): [string, number] => [word, 1])
      .reduceByKey((a, b) => a + b, { numPartitions: partitions });
    return { queue, output };
  },
);
