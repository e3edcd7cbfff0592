import { defineJob, milliseconds } from '@millrace/core';
import { createDirectStream, stringSerde, subscribe } from '@millrace/sources/kafka';

export interface KafkaWordsParams {
  readonly brokers: readonly string[];
  readonly topic: string;
  /** Records of a partition in a batch. */
  readonly perBatch: number;
}

const INTERVAL_MS = 20;

/** Counts the words of a topic's records, so many of each partition at a time. */
export default defineJob(
  { name: 'kafka-words', batchInterval: milliseconds(INTERVAL_MS) },
  (ssc, { brokers, topic, perBatch }: KafkaWordsParams) => {
    const lines = createDirectStream(ssc, {
      brokers,
      strategy: subscribe(topic),
      startingOffsets: 'earliest',
      value: stringSerde(),
      maxRatePerPartition: (perBatch * 1000) / INTERVAL_MS,
    });
    const counts = lines
      .flatMap(({ value }) => (value ?? '').split(' '))
      .map((word): [string, number] => [word, 1])
      .reduceByKey((a, b) => a + b);
    return { lines, counts };
  },
);
