import { defineJob, milliseconds, type QueueEntry, seconds, topK } from '@millrace/core';

/** The most frequent words of the last seconds, after every batch. */
export default defineJob(
  { name: 'dstreams-top-k', batchInterval: seconds(1) },
  (ssc, { windowMs, k }: { readonly windowMs: number; readonly k: number }) => {
    const queue: QueueEntry<string>[] = [];
    const output = ssc
      .queueStream(queue)
      .flatMap((line) => line.split(' '))
      .map((word): [string, number] => [word, 1])
      .reduceByKeyAndWindow((a, b) => a + b, milliseconds(windowMs), ssc.batchDuration, {
        inverse: (a, b) => a - b,
        filter: ([, n]) => n > 0,
      })
      .aggregate(topK(k, { by: ([, n]) => n }));
    return { queue, output };
  },
);
