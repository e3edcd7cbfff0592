import { defineJob, milliseconds } from '@millrace/core';

/** A job that says itself where its checkpoints are. */
export default defineJob(
  { name: 'own checkpoint', batchInterval: milliseconds(20) },
  (ssc, { place }: { readonly place: string }) => {
    ssc.checkpoint(place, { maxMissedBatches: 5 });
    ssc.queueStream<number>([]).foreachRDD(() => {});
  },
);
