import { defineJob, milliseconds } from '@millrace/core';
import { kafkaSink } from '@millrace/sinks/kafka';
import { createDirectStream, subscribe } from '@millrace/sources/kafka';

export interface KafkaCopyParams {
  readonly brokers: readonly string[];
  readonly from: string;
  readonly to: string;
  /** Records of a partition in a batch. */
  readonly perBatch: number;
  readonly transactional: boolean;
}

const INTERVAL_MS = 20;

/** Moves records from one topic to another. */
export default defineJob(
  { name: 'kafka-copy', batchInterval: milliseconds(INTERVAL_MS) },
  (ssc, { brokers, from, to, perBatch, transactional }: KafkaCopyParams) => {
    const records = createDirectStream(ssc, {
      brokers,
      strategy: subscribe(from),
      startingOffsets: 'earliest',
      maxRatePerPartition: (perBatch * 1000) / INTERVAL_MS,
    });
    const copies = records.map(({ key, value }) => ({ key, value }));
    kafkaSink(copies, { brokers, topic: to, transactional, chunkSize: 10_000, name: 'copies' });
    return { records };
  },
);
