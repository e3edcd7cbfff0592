import { defineJob, milliseconds, type QueueEntry } from '@millrace/core';

/** Lines that hold a text. */
export default defineJob(
  { name: 'grep', batchInterval: milliseconds(100) },
  (ssc, params: { readonly text: string }) => {
    const queue: QueueEntry<string>[] = [];
    const { text } = params;
    return { queue, output: ssc.queueStream(queue).filter((line) => line.includes(text)) };
  },
);
