import { defineJob, seconds } from '@millrace/core';
import { TestSource } from '@millrace/core/testing';
import { sqliteSink } from '@millrace/sinks/sqlite';

export interface ToSqliteParams {
  readonly file: string;
  /** How often a worker dies while it writes. */
  readonly deaths: number;
  readonly died: SharedArrayBuffer;
}

/** A job whose workers write to one file, and die in the middle of it. */
export default defineJob({ name: 'to-sqlite', batchInterval: seconds(1) }, (ssc, params: ToSqliteParams) => {
  const died = new Int32Array(params.died);
  const batches = [0, 1, 2].map((b) => Array.from({ length: 400 }, (_, i) => 400 * b + i));
  const numbers = new TestSource(ssc, batches, { numPartitions: 4 });
  sqliteSink(numbers, {
    file: params.file,
    insert: {
      table: 'numbers',
      columns: ['n'],
      values: (n) => {
        // In the middle of a partition: rows before it are written and not committed.
        if (n % 100 === 77 && Atomics.add(died, 0, 1) < params.deaths) process.exit(7);
        return [n];
      },
    },
    chunkSize: 10,
    name: 'stored',
  });
});
