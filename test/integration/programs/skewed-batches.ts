/*
 * Runs batches of the job `skewed` from a checkpoint and prints of each what it says of its shuffles:
 *
 *     node skewed-batches.ts BACKEND CHECKPOINT PARAMS FROM BATCHES
 *
 * FROM ms since 1970 is when it starts. A batch that was not over runs again first.
 */
import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { loadJob, type ShuffleMetrics } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';

/** What it prints of a batch. */
export interface ShuffledBatch {
  readonly time: number;
  readonly shuffles: readonly Pick<ShuffleMetrics, 'operator' | 'records' | 'split'>[];
}

const [backend, checkpoint, params = '', from, batches] = process.argv.slice(2);
const clock = new ManualClock(Number(from));
const { ssc } = await loadJob(new URL('../jobs/skewed.ts', import.meta.url), {
  backend: backend === 'threads' ? threads({ workers: 2 }) : single(),
  clock,
  params: JSON.parse(params),
  checkpoint,
  warn: () => {},
});
ssc.addStreamingListener({
  onBatchCompleted: ({ batchInfo: { batchTime: time, tasks } }) => {
    const shuffles = (tasks?.shuffles ?? []).map(({ operator, records, split }) => ({ operator, records, split }));
    console.log(JSON.stringify({ time, shuffles } satisfies ShuffledBatch));
  },
});
await ssc.start();
await ssc.awaitIdle();
await runBatches(ssc, clock, Number(batches));
await ssc.stop();
await ssc.awaitTermination();
