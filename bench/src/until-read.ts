import type { StreamingContext } from '@millrace/core';

/**
 * Runs a job until its batches have had so many records, and stops it.
 *
 * @returns records a second, from the begin of its first batch that had some to the end of its last
 * @throws what a batch fails with
 */
export async function untilRead(ssc: StreamingContext, records: number): Promise<number> {
  let read = 0;
  let begun = 0;
  let ended = 0;
  const complete = Promise.withResolvers<void>();
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
    await complete.promise;
  } finally {
    await ssc.stop();
  }
  return (records / (ended - begun)) * 1000;
}
