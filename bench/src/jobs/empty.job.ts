import { defineJob, milliseconds, type QueueEntry } from '@millrace/core';

/** Next to nothing, to see what a batch costs by itself: one stage, or two with a shuffle between them. */
export default defineJob(
  { name: 'empty', batchInterval: milliseconds(100) },
  (ssc, params: { readonly stages: 1 | 2; readonly partitions: number }) => {
    const queue: QueueEntry<string>[] = [];
    const pairs = ssc.queueStream(queue, { numPartitions: params.partitions }).map((key): [string, number] => [key, 1]);
    const output = params.stages === 1 ? pairs : pairs.reduceByKey((a, b) => a + b);
    // The batch ends where its partitions are: what it costs to move records to the driver is another question.
    output.foreachPartition(() => {});
    return { queue, output };
  },
);
