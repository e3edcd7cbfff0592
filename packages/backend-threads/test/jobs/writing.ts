import { defineJob, seconds, using } from '@millrace/core';

/** Counts that all threads see: lives lost, clients opened, clients closed. */
export interface WritingParams {
  readonly counters: SharedArrayBuffer;
  /** How often the worker of the second partition dies in the middle of writing. */
  readonly deaths: number;
}

/** A job that writes its batches, and whose worker dies while it writes. */
export default defineJob({ name: 'writing', batchInterval: seconds(1) }, (ssc, params: WritingParams) => {
  const counters = new Int32Array(params.counters);
  const told: string[] = [];
  const client = using(
    () => {
      Atomics.add(counters, 1, 1);
      return counters;
    },
    (opened) => void Atomics.add(opened, 2, 1),
  );
  const numbers = ssc.queueStream<number>(
    [
      [1, 2],
      [3, 4],
    ],
    { numPartitions: 2 },
  );
  numbers.writeTo(
    {
      prepare: ({ time }) => void told.push(`prepare ${time.milliseconds}`),
      async write(records, partition) {
        await partition.open(client);
        const all = [...records];
        if (partition.partition === 1 && Atomics.add(counters, 0, 1) < params.deaths) process.exit(7);
        return [partition.partition, all.reduce((a, b) => a + b, 0)];
      },
      commit: ({ time }, receipts) => void told.push(`commit ${time.milliseconds} ${receipts.join('; ')}`),
      abort: ({ time }, reason) => void told.push(`abort ${time.milliseconds} ${(reason as { code: string }).code}`),
    },
    { name: 'written' },
  );
  return { told };
});
