import { appendFileSync } from 'node:fs';
import { single } from '../../packages/backend-single/src/index.ts';
import { threads } from '../../packages/backend-threads/src/index.ts';
import { loadJob } from '../../packages/core/src/index.ts';
import type job from './job.ts';
import type { KillParams } from './job.ts';
import { MortalWorkers, makePoison } from './mortal-workers.ts';

/** What the process is told. */
export interface DriverSetting {
  readonly backend: 'single' | 'threads';
  readonly checkpoint: string;
  readonly params: Omit<KillParams, 'poison'>;
  /** A file to which an output appends what it gets, each time that it runs. */
  readonly appended: string;
}

/*
 * The process that is killed: node driver.ts SETTING. Says where it listens, then the totals of each batch. It ends in order when
 * it is told to `stop`, and loses a worker when it is told to `lose`.
 */
const { backend, checkpoint, params, appended } = JSON.parse(process.argv[2]) as DriverSetting;
const poison = backend === 'threads' ? makePoison() : null;
const workers = new MortalWorkers(poison);
let lost = 0;
const { ssc, streams } = await loadJob<typeof job>(new URL('./job.ts', import.meta.url), {
  backend: backend === 'single' ? single() : threads({ workers: 2 }),
  params: { ...params, poison },
  checkpoint,
  warn: () => {},
});
streams.totals.foreachRDD(
  async (rdd, time) => {
    process.send?.({ totals: Object.fromEntries(await rdd.collect()), time: time.milliseconds, lost });
  },
  { name: 'totals' },
);
streams.recent.foreachRDD(async (rdd) => void (await rdd.collect()), { name: 'recent' });
streams.all.foreachRDD(
  async (rdd) => {
    const records = await rdd.collect();
    if (records.length > 0) appendFileSync(appended, `${records.join('\n')}\n`);
  },
  { name: 'appended' },
);
process.on('disconnect', () => process.exit());
process.on('message', (what: 'stop' | 'lose') => {
  if (what === 'lose') {
    if (workers.lose()) lost += 1;
    return;
  }
  void ssc.stop({ graceful: true }).then(() => {
    process.send?.({ stopped: true });
    process.disconnect();
  });
});
workers.watch(ssc);
await ssc.start();
const { url } = await streams.posted.listening;
const { port } = await streams.sent.listening;
process.send?.({ url, port });
await ssc.awaitTermination();
