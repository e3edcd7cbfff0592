import { defineJob, milliseconds, type QueueEntry, topK } from '@millrace/core';

/** How many words, of how many batches. */
interface Params {
  readonly k: number;
  readonly window: number;
}

/** The most frequent words of the last batches, by a window that takes away what leaves. */
export default defineJob({ name: 'peers-top-words', batchInterval: milliseconds(100) }, (ssc, params: Params) => {
  const queue: QueueEntry<string>[] = [];
  const output = ssc
    .queueStream(queue)
    .flatMap((line) => line.split(' '))
    .map((word): [string, number] => [word, 1])
    .reduceByKeyAndWindow((a, b) => a + b, milliseconds(100 * params.window), milliseconds(100), {
      inverse: (a, b) => a - b,
      filter: ([, n]) => n > 0,
    })
    .aggregate(topK(params.k, { by: ([, n]) => n }));
  return { queue, output };
});
