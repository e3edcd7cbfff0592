import { single } from '../../packages/backend-single/src/index.ts';
import { threads } from '../../packages/backend-threads/src/index.ts';
import { loadJob } from '../../packages/core/src/index.ts';
import type job from './job.ts';
import type { KillParams } from './job.ts';

/*
 * The process that is killed: node driver.ts BACKEND CHECKPOINT PARAMS. Says where it listens, then the totals of each batch; ends in
 * order when it is told to.
 */
const [kind, checkpoint, params] = process.argv.slice(2) as [string, string, string];
const { ssc, streams } = await loadJob<typeof job>(new URL('./job.ts', import.meta.url), {
  backend: kind === 'single' ? single() : threads({ workers: 2 }),
  params: JSON.parse(params) as KillParams,
  checkpoint,
  warn: () => {},
});
streams.totals.foreachRDD(
  async (rdd, time) => {
    process.send?.({ totals: Object.fromEntries(await rdd.collect()), time: time.milliseconds });
  },
  { name: 'totals' },
);
streams.recent.foreachRDD(async (rdd) => void (await rdd.collect()), { name: 'recent' });
process.on('disconnect', () => process.exit());
process.on('message', () => {
  void ssc.stop({ graceful: true }).then(() => {
    process.send?.({ stopped: true });
    process.disconnect();
  });
});
await ssc.start();
process.send?.({ url: (await streams.posted.listening).url });
await ssc.awaitTermination();
