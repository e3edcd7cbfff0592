import { defineJob, milliseconds, type State, StateSpec } from '@millrace/core';
import { createDirectStream, stringSerde, subscribe } from '@millrace/sources/kafka';

const INTERVAL_MS = 20;

/** Counts a topic's records by their keys, for ever; after each batch the counts of the keys that it had. */
export default defineJob(
  { name: 'peers-kafka-count', batchInterval: milliseconds(INTERVAL_MS) },
  (ssc, params: { readonly brokers: readonly string[]; readonly topic: string; readonly perBatch: number }) => {
    const { brokers, topic, perBatch } = params;
    const total = StateSpec.function((key: string, n: number | null, sum: State<number>): [string, number] => {
      sum.update((sum.getOption() ?? 0) + (n ?? 0));
      return [key, sum.get()];
    });
    const records = createDirectStream(ssc, {
      brokers,
      strategy: subscribe(topic),
      startingOffsets: 'earliest',
      key: stringSerde(),
      value: stringSerde(),
      maxRatePerPartition: (perBatch * 1000) / INTERVAL_MS,
    });
    const counts = records
      .map(({ key }): [string, number] => [key ?? '', 1])
      .reduceByKey((a, b) => a + b)
      .mapWithState(total, { name: 'totals' });
    return { counts };
  },
);
