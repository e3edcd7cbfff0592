import { defineJob, milliseconds, type QueueEntry, sum } from '@millrace/core';
import { burn } from './burn.ts';

/** The same work for each record, a number in a line, and the sum of its results. */
export default defineJob(
  { name: 'cpu', batchInterval: milliseconds(100) },
  (ssc, params: { readonly rounds: number }) => {
    const queue: QueueEntry<string>[] = [];
    const { rounds } = params;
    const output = ssc
      .queueStream(queue)
      .map((line) => burn(Number(line), rounds))
      .aggregate(sum());
    return { queue, output };
  },
);
