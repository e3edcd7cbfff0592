import { defineJob, milliseconds, type QueueEntry, topK } from '@millrace/core';

/** The 20 most frequent words of the last 4 batches. */
export default defineJob({ name: 'top-words', batchInterval: milliseconds(100) }, (ssc) => {
  const queue: QueueEntry<string>[] = [];
  const output = ssc
    .queueStream(queue)
    .flatMap((line) => line.split(' '))
    .map((word) => [word, 1])
    .reduceByKeyAndWindow((a, b) => a + b, milliseconds(400), milliseconds(100), {
      inverse: (a, b) => a - b,
      filter: ([, n]) => n > 0,
    })
    .aggregate(topK(20, { by: ([, n]) => n }));
  return { queue, output };
});
