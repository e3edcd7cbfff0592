/*
 * Runs the batches of a job that takes `batches` as a param, with the same batch times in each run, and says after each which one it
 * was: node batches.ts JOB BACKEND PARAMS [FROM], JOB a file of ../jobs without its ending, FROM ms since 1970.
 */
import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { loadJob } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';

const [job, backend, text = '', from = '0'] = process.argv.slice(2);
const params = JSON.parse(text) as { readonly batches: number };
const clock = new ManualClock(Number(from));
const { ssc } = await loadJob(new URL(`../jobs/${job}.ts`, import.meta.url), {
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
