/*
 * Word count, the first program of its kind: a job module (job.ts) and the program that runs it, on one thread or on a
 * pool of worker threads, which read and split the text themselves.
 *
 *     node --conditions=@millrace/source examples/word-count/main.ts
 *     node --conditions=@millrace/source examples/word-count/main.ts threads
 *
 * Output:
 *     656 different words: the 77, of 59, a 52
 *     624 different words: the 104, and 44, of 44
 *     351 different words: the 42, a 29, and 26
 */
import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { compareValues, loadJob } from '@millrace/core';
import type job from './job.ts';

const backend = process.argv[2] === 'threads' ? threads({ workers: 2 }) : single();
const { ssc, streams } = await loadJob<typeof job>(new URL('./job.ts', import.meta.url), { backend });

// This output runs here, in the main thread: the counts come to it, the text never does.
streams.counts.foreachRDD(
  async (rdd) => {
    const top = await rdd.takeOrdered(3, (a, b) => b[1] - a[1] || compareValues(a[0], b[0]));
    if (top.length > 0)
      console.log(`${await rdd.count()} different words:`, top.map(([word, n]) => `${word} ${n}`).join(', '));
  },
  { name: 'show' },
);

await ssc.start();
await streams.lines.ended;
await ssc.stop({ graceful: true });
// Rethrows the error of a batch, if one failed.
await ssc.awaitTermination();
