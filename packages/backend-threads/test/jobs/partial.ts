import { defineJob, seconds } from '@millrace/core';

/** Counts, in shared memory, the batches that its output saw; the record -1 fails its map task. */
export default defineJob({ name: 'partial', batchInterval: seconds(1) }, (ssc, params: { seen: SharedArrayBuffer }) => {
  const seen = new Int32Array(params.seen);
  const queue: number[][] = [];
  ssc
    .queueStream<number>(queue, { numPartitions: 2 })
    .map((n) => {
      if (n === -1) throw new Error('bad record');
      return [n % 2, n];
    })
    .reduceByKey((a, b) => a + b)
    .foreachPartition((records) => {
      for (const [, sum] of records) Atomics.add(seen, 0, sum);
    });
  return { queue };
});
