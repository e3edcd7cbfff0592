import { defineJob, milliseconds, seconds } from '@millrace/core';
import { kafkaSink } from '@millrace/sinks/kafka';
import { createDirectStream, stringSerde, subscribe } from '@millrace/sources/kafka';

export interface KafkaWindowParams {
  readonly brokers: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly intervalMs: number;
}

/** For each key the number of records of the last second, every batch, with the time of the newest of them. */
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
      .map(({ key, value }): [string, readonly [n: number, newest: number]] => [key ?? '', [1, Number(value)]])
      .reduceByKeyAndWindow(([n, a], [m, b]) => [n + m, Math.max(a, b)] as const, seconds(1), milliseconds(intervalMs))
      .map(([key, [n, newest]]) => ({ key, value: `${n} ${newest}` }));
    const serdes = { key: stringSerde(), value: stringSerde() };
    kafkaSink(results, { brokers, topic: to, ...serdes, chunkSize: 10_000, name: 'results' });
  },
);
