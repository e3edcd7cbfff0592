import { defineJob, milliseconds, type QueueEntry } from '@millrace/core';

/** How often each word occurs in a batch. */
export default defineJob({ name: 'peers-word-count', batchInterval: milliseconds(100) }, (ssc) => {
  const queue: QueueEntry<string>[] = [];
  const output = ssc
    .queueStream(queue)
    .flatMap((line) => line.split(' '))
    .map((word) => [word, 1])
    .reduceByKey((a, b) => a + b);
  return { queue, output };
});
