import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { loadJob } from '@millrace/core';
import type job from './job.ts';

const backends = { single: single(), threads: threads({ workers: 2 }) };

for (const [name, backend] of Object.entries(backends)) {
  const { ssc, streams } = await loadJob<typeof job>(new URL('./job.ts', import.meta.url), { backend });
  const bothBatches = Promise.withResolvers<void>();
  let batches = 0;
  streams.counts.foreachRDD(
    async (rdd) => {
      const counts: [string, number][] = await rdd.collect();
      if (++batches > 2) return;
      console.log(`${name} ${batches}: ${words(counts)}`);
      if (batches === 2) bothBatches.resolve();
    },
    { name: 'print' },
  );
  await ssc.start();
  await bothBatches.promise;
  await ssc.stop();
}

function words(counts: [string, number][]): string {
  return counts
    .map(([word, count]) => `${word}=${count}`)
    .sort()
    .join(' ');
}
