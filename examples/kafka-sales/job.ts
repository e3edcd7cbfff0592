/*
 * Sales per window, from one topic of Kafka to another, exactly once: each minute the revenue of the last five minutes of each
 * product, as JSON under the product's key. The offsets are in the checkpoint, and what is written is one transaction for
 * each partition of a batch, so a reader of committed records finds each result once, whatever dies.
 *
 *     millrace run examples/kafka-sales/job.ts --checkpoint ./sales --param brokers=127.0.0.1:9092
 *
 * In a topic `sales`: {"product":"tea","quantity":2,"price":4.5}, …
 * Out to `revenue`:   tea {"window":"2026-03-01T12:05:00.000Z","revenue":9}, …
 */
import { defineJob, seconds } from '@millrace/core';
import { kafkaSink } from '@millrace/sinks/kafka';
import { createDirectStream, jsonSerde, stringSerde, subscribe } from '@millrace/sources/kafka';

/** What a till sends. */
export interface Sale {
  readonly product: string;
  readonly quantity: number;
  readonly price: number;
}

/** What somebody who looks at the results gets. */
export interface Revenue {
  /** End of the window. */
  readonly window: string;
  readonly revenue: number;
}

export interface SalesParams {
  readonly brokers: string;
  readonly from?: string;
  readonly to?: string;
  /** Seconds; five minutes every minute unless given. */
  readonly window?: number;
  readonly slide?: number;
}

export default defineJob({ name: 'kafka-sales', batchInterval: seconds(1) }, (ssc, params: SalesParams) => {
  const { from = 'sales', to = 'revenue', window = 300, slide = 60 } = params;
  const brokers = params.brokers.split(',');
  const sales = createDirectStream(ssc, {
    brokers,
    strategy: subscribe(from),
    startingOffsets: 'earliest',
    value: jsonSerde<Sale>(),
    group: 'kafka-sales',
    name: 'sales',
  });
  const revenue = sales
    .flatMap(({ value }) => (value === null ? [] : [[value.product, value.quantity * value.price] as [string, number]]))
    .reduceByKeyAndWindow((a, b) => a + b, seconds(window), seconds(slide))
    .transform((rdd, time) =>
      rdd.map(([product, sum]) => ({
        key: product,
        value: { window: new Date(time.milliseconds).toISOString(), revenue: Math.round(sum * 100) / 100 },
      })),
    );
  kafkaSink(revenue, {
    brokers,
    topic: to,
    key: stringSerde(),
    value: jsonSerde<Revenue>(),
    transactional: true,
    name: 'revenue',
  });
});
