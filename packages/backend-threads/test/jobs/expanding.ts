import { defineJob, seconds } from '@millrace/core';

/** Records of which a few become very many pairs, half of them of one key, that two outputs read; counts what each partition of their join gets, then all pairs. */
export default defineJob(
  { name: 'expanding', batchInterval: seconds(1), defaultParallelism: 4 },
  (ssc, { seen }: { readonly seen: SharedArrayBuffer }) => {
    const queue: number[][] = [];
    const names: [string, string][][] = [];
    const pairs = ssc
      .queueStream(queue)
      .flatMap((n) => Array.from({ length: n }, (_, i): [string, number] => [i % 2 === 0 ? 'hot' : `k${i % 50}`, i]));
    pairs.join(ssc.queueStream(names)).foreachPartition((records, partition) => {
      for (const _ of records) Atomics.add(new Int32Array(seen), partition, 1);
    });
    pairs.foreachPartition((records) => {
      for (const _ of records) Atomics.add(new Int32Array(seen), 4, 1);
    });
    return { queue, names };
  },
);
