/*
 * Runs the batches of jobs/to-kafka.ts, with the same batch times in each run, and says after each which one it was.
 */
import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { loadJob } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import type toKafka from '../jobs/to-kafka.ts';
import type { ToKafkaParams } from '../jobs/to-kafka.ts';

const [backend, text = '', from = ''] = process.argv.slice(2);
const params = JSON.parse(text) as ToKafkaParams;
// Not 1970: brokers would throw away records of that time.
const clock = new ManualClock(Number(from));
const { ssc } = await loadJob<typeof toKafka>(new URL('../jobs/to-kafka.ts', import.meta.url), {
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
