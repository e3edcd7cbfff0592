import { type ExecutionBackend, loadJob } from '@millrace/core';
import { whenComplete } from './complete.ts';
import type countJob from './count.job.ts';
import type { Counted } from './counted.ts';
import { brokers } from './topic.ts';

const JOB = new URL('./count.job.ts', import.meta.url);
/** Records of a partition in a batch. */
const PER_BATCH = 25_000;

/** A running count by key on Millrace, its state in memory like that of the peer. */
export async function countByMillrace(backend: ExecutionBackend, topic: string, records: number): Promise<Counted> {
  const params = { brokers: brokers(), topic, perBatch: PER_BATCH };
  const { ssc, streams } = await loadJob<typeof countJob>(JOB, { backend, params, warn: () => {} });
  const counts = new Map<string, number>();
  streams.counts.foreachRDD(
    async (rdd) => {
      for (const [key, count] of await rdd.collect()) counts.set(key, count);
    },
    { name: 'deliver' },
  );
  const complete = Promise.withResolvers<void>();
  let read = 0;
  let begun = 0;
  let ended = 0;
  ssc.addStreamingListener({
    onBatchCompleted({ batchInfo: { numRecords, processingStartTime, processingEndTime } }) {
      if (numRecords === 0) return;
      begun ||= processingStartTime ?? 0;
      ended = processingEndTime ?? 0;
      read += numRecords;
      if (read >= records) complete.resolve();
    },
  });
  await ssc.start();
  ssc.awaitTermination().catch(complete.reject);
  try {
    await whenComplete(complete.promise, records, () => read);
  } finally {
    await ssc.stop();
  }
  return { counts, recordsPerSecond: (records / (ended - begun)) * 1000 };
}
