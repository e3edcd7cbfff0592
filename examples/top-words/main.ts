/*
 * A sliding window: the most frequent longer words of the last three batches, after every second batch. What leaves the
 * window is subtracted, what enters is added; the batches between are not looked at again.
 *
 *     node --conditions=@millrace/source examples/top-words/main.ts
 *
 * Output:
 *     window 1: there 9, water 6, stand 4, whenever 4
 *     window 2: there 11, water 7, though 5, about 4
 *     window 3: sailor 5, voyage 5, whaling 5, about 4
 *     window 4: nantucket 6, night 6, there 6, where 5
 */
import { single } from '@millrace/backend-single';
import { compareValues, milliseconds, StreamingContext } from '@millrace/core';
import { textFileBatches } from '@millrace/sources/files';

const ssc = new StreamingContext(single(), milliseconds(50), { name: 'top-words' });
const book = new URL('../data/moby-dick.txt', import.meta.url);

const counts = textFileBatches(ssc, book, { linesPerBatch: 25 })
  .flatMap((line) => line.toLowerCase().match(/[a-z]{5,}/g) ?? [])
  .map((word) => [word, 1])
  .reduceByKeyAndWindow((a, b) => a + b, milliseconds(150), milliseconds(100), {
    inverse: (a, b) => a - b,
    // Without it words that have left the window would stay, with a count of 0.
    filter: ([, n]) => n > 0,
  });

let windows = 0;
counts.foreachRDD(async (rdd) => {
  const top = await rdd.takeOrdered(4, (a, b) => b[1] - a[1] || compareValues(a[0], b[0]));
  console.log(`window ${++windows}:`, top.map(([word, n]) => `${word} ${n}`).join(', '));
  // Not awaited: stop() waits for this batch, which waits for this function.
  if (windows === 4) void ssc.stop();
});

await ssc.start();
await ssc.awaitTermination();
