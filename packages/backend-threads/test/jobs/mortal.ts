import { defineJob, seconds } from '@millrace/core';

export interface MortalParams {
  /** In shared memory: 1 has the worker of partition 1 exit while it has nothing to do; it says 2 when it does. */
  readonly flag: SharedArrayBuffer;
  readonly batches: readonly (readonly [string, number][])[];
}

let armed = false;

/** A job with state whose worker exits when it is told to. */
export default defineJob({ name: 'mortal', batchInterval: seconds(1) }, (ssc, params: MortalParams) => {
  const flag = new Int32Array(params.flag);
  const totals = ssc
    .queueStream<[string, number]>([...params.batches], { name: 'pairs' })
    .updateStateByKey<string, number, number>((values, sum) => values.reduce((a, b) => a + b, sum ?? 0), {
      name: 'totals',
      numPartitions: 4,
    });
  totals.foreachPartition((_records, partition) => {
    if (partition !== 1 || armed) return;
    armed = true;
    setInterval(() => {
      if (Atomics.compareExchange(flag, 0, 1, 2) === 1) process.exit(7);
    }, 1);
  });
  return { totals };
});
