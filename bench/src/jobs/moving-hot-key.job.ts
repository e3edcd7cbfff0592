import { defineJob, milliseconds, type QueueEntry } from '@millrace/core';
import { longestRise } from '../longest-rise.ts';

/** What is done with the values of a key. */
export type HotKeyOperator = 'reduceByKey' | 'groupByKey';

/** Values by key: their sum, which can be combined before the shuffle, or something that needs all of them in order. */
export default defineJob(
  { name: 'moving-hot-key', batchInterval: milliseconds(100) },
  (ssc, { operator, partitions }: { readonly operator: HotKeyOperator; readonly partitions: number }) => {
    const queue: QueueEntry<[string, number]>[] = [];
    const pairs = ssc.queueStream(queue, { numPartitions: partitions });
    const options = { numPartitions: partitions };
    const output =
      operator === 'reduceByKey'
        ? pairs.reduceByKey((a, b) => a + b, options)
        : pairs.groupByKey(options).mapValues(longestRise);
    return { queue, output };
  },
);
