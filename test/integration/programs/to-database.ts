/*
 * Runs the batches of jobs/to-database.ts, with the same batch times in each run, and says after each which one it was.
 */
import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { loadJob } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import type toDatabase from '../jobs/to-database.ts';
import type { ToDatabaseParams } from '../jobs/to-database.ts';

const [backend, text = ''] = process.argv.slice(2);
const params = JSON.parse(text) as ToDatabaseParams;
const clock = new ManualClock();
const { ssc } = await loadJob<typeof toDatabase>(new URL('../jobs/to-database.ts', import.meta.url), {
  backend: backend === 'threads' ? threads({ workers: 2 }) : single(),
  clock,
  params,
});
console.log('begins');
await ssc.start();
for (let batch = 0; batch < params.batches; batch++) {
  await runBatches(ssc, clock, 1);
  console.log(`batch ${batch}`);
}
await ssc.stop();
await ssc.awaitTermination();
