import { defineJob, milliseconds, type QueueEntry } from '@millrace/core';

/** How the window is. */
interface Params {
  /** Its length in batches. */
  readonly batches: number;
  /** Whether words that left are forgotten; Spark keeps them unless a filter is given. */
  readonly forget: boolean;
}

/** Occurrences of each word in the last batches, incrementally. */
export default defineJob({ name: 'sliding-count', batchInterval: milliseconds(100) }, (ssc, params: Params) => {
  const queue: QueueEntry<string>[] = [];
  const output = ssc
    .queueStream(queue)
    .map((word) => [word, 1])
    .reduceByKeyAndWindow((a, b) => a + b, milliseconds(100 * params.batches), milliseconds(100), {
      inverse: (a, b) => a - b,
      ...(params.forget ? { filter: ([, n]) => n > 0 } : {}),
    });
  return { queue, output };
});
