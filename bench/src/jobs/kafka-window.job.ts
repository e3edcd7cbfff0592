import { defineJob, milliseconds, seconds } from '@millrace/core';
import { kafkaSink } from '@millrace/sinks/kafka';
import { createDirectStream, stringSerde, subscribe } from '@millrace/sources/kafka';

export interface KafkaWindowParams {
  readonly brokers: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly intervalMs: number;
}

type Times = readonly [n: number, oldest: number, newest: number];

const together = ([n, a, b]: Times, [m, c, d]: Times): Times => [n + m, Math.min(a, c), Math.max(b, d)];

/** For each key the number of records of the last second, every batch, with the times of the oldest and the newest of them. */
export default defineJob(
  { name: 'kafka-window', batchInterval: ({ intervalMs }: KafkaWindowParams) => milliseconds(intervalMs) },
  (ssc, { brokers, from, to, intervalMs }: KafkaWindowParams) => {
    const results = createDirectStream(ssc, {
      brokers,
      strategy: subscribe(from),
      startingOffsets: 'latest',
      key: stringSerde(),
      value: stringSerde(),
    })
      .map(({ key, value }): [string, Times] => {
        const time = Number(value);
        return [key ?? '', [1, time, time]];
      })
      .reduceByKeyAndWindow(together, seconds(1), milliseconds(intervalMs))
      .map(([key, times]) => ({ key, value: times.join(' ') }));
    const serdes = { key: stringSerde(), value: stringSerde() };
    kafkaSink(results, { brokers, topic: to, ...serdes, chunkSize: 10_000, name: 'results' });
  },
);
