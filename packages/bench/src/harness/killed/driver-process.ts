import { type Job, loadJob, milliseconds } from '@millrace/core';
import { digestOf } from '../../measures/dynamics/output-check.ts';
import { namedBackend } from '../contenders.ts';
import type { BenchStreams } from '../engine.ts';
import type { RequeuedParams } from '../requeued-job.ts';
import { requeuedUrl } from '../requeued-job.ts';
import { EntryFiles } from './entry-files.ts';
import type { FromKilled, KilledSetting, ToKilled } from './messages.ts';
import type { ReplayedBench } from './replayed-job.ts';

/*
 * The process that is killed: runs a job on a checkpoint and says what becomes of its batches. Started anew, it goes on.
 */

const say = (message: FromKilled, then: () => void = () => {}) => process.send?.(message, then);
const now = () => performance.timeOrigin + performance.now();

async function run(setting: KilledSetting): Promise<void> {
  const { params, backend, intervalMs, checkpoint, delivery } = setting;
  const entries = new EntryFiles(setting.entries, intervalMs);
  const batchOf = (time: number) => Math.round((time - (entries.zero ?? time)) / intervalMs);
  type Replayed = Job<RequeuedParams<ReplayedBench>, BenchStreams<unknown, unknown>>;
  const { ssc, streams } = await loadJob<Replayed>(requeuedUrl('replayed-job', new URL(setting.job)), {
    backend: namedBackend(backend),
    params: { job: params, bench: { entries: setting.entries } },
    batchInterval: milliseconds(intervalMs),
    checkpoint,
    warn: () => {},
  });
  const delivered = new Map<number, { readonly at: number; readonly output: readonly unknown[] | number }>();
  streams.output.foreachRDD(
    async (rdd, time) => {
      const output = delivery === 'count' ? await rdd.count() : await rdd.collect();
      const batchTime = time.milliseconds;
      const deliveredAt = now();
      delivered.set(batchTime, { at: deliveredAt, output });
      say({ kind: 'delivered', batch: batchOf(batchTime), batchTime, deliveredAt, digest: digestOf(output) });
    },
    { name: 'deliver' },
  );
  ssc.addStreamingListener({
    onBatchStarted: ({ batchInfo }) => say({ kind: 'begun', batch: batchOf(batchInfo.batchTime) }),
    onBatchCompleted: ({ batchInfo: { batchTime, processingStartTime, processingDelay } }) => {
      const completedAt = now();
      const { at, output = delivery === 'count' ? 0 : [] } = delivered.get(batchTime) ?? { at: completedAt };
      delivered.delete(batchTime);
      const times = { batchTime, processingStartTime, processingDelay, deliveredAt: at, completedAt };
      say({ kind: 'completed', batch: batchOf(batchTime), ...times, digest: digestOf(output) });
    },
  });
  process.on('message', ({ kind }: ToKilled) => {
    if (kind === 'stop') void ssc.stop().then(() => process.disconnect());
  });
  await ssc.start();
  say({ kind: 'started' });
  await ssc.awaitTermination();
}

// A terminal sends Ctrl-C to the whole group: the process that has started this one ends it.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
process.once('message', (message: ToKilled) => {
  if (message.kind !== 'run') return;
  run(message.setting).catch((e: unknown) => {
    say({ kind: 'failed', message: e instanceof Error ? (e.stack ?? e.message) : String(e) }, () => process.exit(1));
  });
});
say({ kind: 'loaded' });
