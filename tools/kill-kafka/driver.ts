import { single } from '../../packages/backend-single/src/index.ts';
import { threads } from '../../packages/backend-threads/src/index.ts';
import { loadJob } from '../../packages/core/src/index.ts';
import { MortalWorkers, makePoison } from '../kill/mortal-workers.ts';
import type job from './job.ts';
import type { KafkaKillParams } from './job.ts';

/** What the process is told. */
export interface KafkaDriverSetting {
  readonly backend: 'single' | 'threads';
  readonly checkpoint: string;
  readonly params: Omit<KafkaKillParams, 'poison'>;
}

/*
 * The process that is killed: node driver.ts SETTING. Says how far each batch has read. It ends in order when it is told to
 * `stop`, and loses a worker when it is told to `lose`.
 */
const { backend, checkpoint, params } = JSON.parse(process.argv[2]) as KafkaDriverSetting;
const poison = backend === 'threads' ? makePoison() : null;
const workers = new MortalWorkers(poison);
const { ssc, streams } = await loadJob<typeof job>(new URL('./job.ts', import.meta.url), {
  backend: backend === 'single' ? single() : threads({ workers: 2 }),
  params: { ...params, poison },
  checkpoint,
  warn: () => {},
});
process.on('disconnect', () => process.exit());
process.on('message', (what: 'stop' | 'lose') => {
  if (what === 'lose') {
    if (workers.lose()) process.send?.({ lost: true });
    return;
  }
  void ssc.stop({ graceful: true }).then(() => process.disconnect());
});
ssc.addStreamingListener({
  onBatchCompleted: ({ batchInfo }) => {
    const offsets = batchInfo.streamIdToInputInfo.get(streams.records.id)?.metadata['offsets'];
    process.send?.({ offsets });
  },
});
workers.watch(ssc);
await ssc.start();
process.send?.({ started: true });
await ssc.awaitTermination();
