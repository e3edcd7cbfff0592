import { defineJob, milliseconds, type QueueEntry, seconds } from '@millrace/core';

/** How often each word occurred in the last seconds, after every batch; words that are gone are forgotten. */
export default defineJob(
  { name: 'dstreams-word-count', batchInterval: seconds(1) },
  (ssc, { windowMs }: { readonly windowMs: number }) => {
    const queue: QueueEntry<string>[] = [];
    const output = ssc
      .queueStream(queue)
      .flatMap((line) => line.split(' '))
      .map((word): [string, number] => [word, 1])
      .reduceByKeyAndWindow((a, b) => a + b, milliseconds(windowMs), ssc.batchDuration, {
        inverse: (a, b) => a - b,
        filter: ([, n]) => n > 0,
      });
    return { queue, output };
  },
);
