import { type DStream, defineJob, milliseconds } from '@millrace/core';
import { TestSource } from '@millrace/core/testing';
import { jsonSerde, stringSerde } from '@millrace/kafka';
import { kafkaSink } from '@millrace/sinks/kafka';
import { type Row, rowsOf } from './to-database.ts';

/** Where a job writes, and what befalls it. */
export interface ToKafkaParams {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly batches: number;
  readonly transactional: boolean;
  /** How often a worker dies while it writes. */
  readonly deaths?: number;
  readonly died?: SharedArrayBuffer;
}

/** A job that gives the same batches whenever it runs, and writes them to a topic. */
export default defineJob({ name: 'to-kafka', batchInterval: milliseconds(200) }, (ssc, params: ToKafkaParams) => {
  const { brokers, topic, batches, transactional, deaths = 0 } = params;
  const died = new Int32Array(params.died ?? new SharedArrayBuffer(4));
  const rows: DStream<Row> = new TestSource(ssc, rowsOf(batches), { numPartitions: 4 });
  kafkaSink(rows, {
    brokers,
    topic,
    record([batch, i]) {
      // In the middle of a partition: records before it are sent and not committed.
      if (i % 100 === 77 && Atomics.add(died, 0, 1) < deaths) process.exit(7);
      return { key: `${batch}/${i}`, value: [batch, i] };
    },
    key: stringSerde(),
    value: jsonSerde(),
    transactional,
    chunkSize: 20,
    name: 'stored',
    backoff: { initial: 50, max: 200 },
  });
});
