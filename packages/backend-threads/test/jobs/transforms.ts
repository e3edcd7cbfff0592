import { isMainThread } from 'node:worker_threads';
import { defineJob, seconds } from '@millrace/core';

/** transform functions that do what they may not. */
export default defineJob(
  { name: 'transforms', batchInterval: seconds(1) },
  (ssc, params: { what: 'differs' | 'unencodable' }) => {
    const numbers = ssc.queueStream<number>([[1, 2, 3]], { numPartitions: 2 });
    if (params.what === 'differs') {
      return {
        out: numbers.transform((rdd) =>
          isMainThread ? rdd.map((n) => n + 1) : rdd.filter((n) => n > 1).map((n) => n + 1),
        ),
      };
    }
    return { out: numbers.map((n) => ({ n, user: { onClick: () => n } })) };
  },
);
