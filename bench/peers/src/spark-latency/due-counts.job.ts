import { defineJob, milliseconds } from '@millrace/core';
import { socketTextStream } from '@millrace/sources/sockets';
import { DIGITS } from './paced-line.ts';

export interface DueCountsParams {
  readonly port: number;
  readonly intervalMs: number;
}

const PARTITIONS = 2;

/** Lines from a socket, counted by when they were due: two stages, and what comes to the driver is small. */
export default defineJob(
  { name: 'peers-due-counts', batchInterval: ({ intervalMs }: DueCountsParams) => milliseconds(intervalMs) },
  (ssc, { port }: DueCountsParams) => {
    const output = socketTextStream(ssc, { host: '127.0.0.1', port })
      .map((line): [number, number] => [Number(line.slice(0, DIGITS)), 1])
      .reduceByKey((a, b) => a + b, { numPartitions: PARTITIONS });
    return { output };
  },
);
