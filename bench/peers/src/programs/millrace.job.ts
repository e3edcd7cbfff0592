import { defineJob, milliseconds, type QueueEntry } from '@millrace/core';

/** Occurrences of each word in the last batches, those that are gone left out. */
export default defineJob(
  { name: 'peers-window', batchInterval: milliseconds(100) },
  (ssc, params: { readonly batches: number }) => {
    const queue: QueueEntry<string>[] = [];
    const output = ssc
      .queueStream(queue)
      .map((word) => [word, 1])
      .reduceByKeyAndWindow((a, b) => a + b, milliseconds(100 * params.batches), milliseconds(100), {
        inverse: (a, b) => a - b,
        filter: ([, n]) => n > 0,
      });
    return { queue, output };
  },
);
