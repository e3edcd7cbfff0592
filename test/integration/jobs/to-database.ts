import { type DStream, defineJob, milliseconds } from '@millrace/core';
import { TestSource } from '@millrace/core/testing';
import { postgresSink } from '@millrace/sinks/postgres';
import { sqliteSink } from '@millrace/sinks/sqlite';

/** Where a job writes: a file, or a server. */
export interface ToDatabaseParams {
  readonly file?: string;
  readonly url?: string;
  readonly batches: number;
}

export type Row = readonly [batch: number, i: number];

export const PER_BATCH = 400;

/** The rows of all batches. */
export function rowsOf(batches: number): Row[][] {
  return Array.from({ length: batches }, (_, b) => Array.from({ length: PER_BATCH }, (_, i): Row => [b, i]));
}

/** A job that gives the same batches whenever it runs, and writes them into a table `numbers (batch, i)`. */
export default defineJob(
  { name: 'to-database', batchInterval: milliseconds(200) },
  (ssc, { file, url, batches }: ToDatabaseParams) => {
    const rows: DStream<Row> = new TestSource(ssc, rowsOf(batches), { numPartitions: 4 });
    const table = { table: 'numbers', columns: ['batch', 'i'] };
    const common = { chunkSize: 20, retries: 100, backoff: { initial: 50, max: 200 }, name: 'stored' };
    if (file !== undefined) sqliteSink(rows, { file, insert: table, ...common });
    if (url !== undefined) postgresSink(rows, { connection: url, ...table, ...common });
  },
);
