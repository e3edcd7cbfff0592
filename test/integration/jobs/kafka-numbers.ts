import { defineJob, milliseconds } from '@millrace/core';
import { createDirectStream, type DirectStreamOptions, stringSerde, subscribe } from '@millrace/sources/kafka';

export interface KafkaNumbersParams {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly maxRatePerPartition: number;
  readonly group?: string;
  readonly more?: Partial<DirectStreamOptions<string, string>>;
}

/** A job that says of each batch which offsets, and which values, its partitions have. */
export default defineJob(
  { name: 'kafka-numbers', batchInterval: milliseconds(100) },
  (ssc, { brokers, topic, maxRatePerPartition, group, more = {} }: KafkaNumbersParams) => {
    const stream = createDirectStream(ssc, {
      brokers,
      strategy: subscribe(topic),
      startingOffsets: 'earliest',
      key: stringSerde(),
      value: stringSerde(),
      maxRatePerPartition,
      name: 'numbers',
      ...(group === undefined ? {} : { group }),
      ...more,
    });
    return { stream, seen: stream.map(({ partition, offset, value }) => `${partition} ${offset} ${value}`) };
  },
);
