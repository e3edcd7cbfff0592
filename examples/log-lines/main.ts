/*
 * Log files, read by the tasks that need them: how many lines there are of each level, and the slowest errors, for each
 * hundred lines of two files that follow each other.
 *
 *     node --conditions=@millrace/source examples/log-lines/main.ts
 *
 * Output:
 *     ERROR 11, INFO 66, WARN 23
 *       2026-03-01T10:05:06Z /pay failed after 257 ms
 *       2026-03-01T10:01:28Z /pay failed after 206 ms
 *     ERROR 4, INFO 79, WARN 17
 *       2026-03-01T10:17:36Z /cart failed after 146 ms
 *       2026-03-01T10:13:04Z /login failed after 78 ms
 */
import { single } from '@millrace/backend-single';
import { milliseconds, StreamingContext } from '@millrace/core';
import { textFileBatches } from '@millrace/sources/files';

const logs = ['app-1.log', 'app-2.log'].map((name) => new URL(`../data/${name}`, import.meta.url));

/** A line such as "2026-03-01T10:00:03Z WARN /cart 87ms". */
function parse(line: string) {
  const [time, level, path, duration] = line.split(' ');
  return { time, level, path, ms: Number.parseInt(duration, 10) };
}

const ssc = new StreamingContext(single(), milliseconds(50), { name: 'log-lines' });
const lines = textFileBatches(ssc, logs, { linesPerBatch: 100 });
const entries = lines.map(parse);

// Outputs run in this order, batch by batch; the lines are read and parsed once for both.
entries
  .map((entry) => entry.level)
  .countByValue()
  .foreachRDD(async (rdd) => {
    const counts = await rdd.sortByKey().collect();
    if (counts.length > 0) console.log(counts.map(([level, n]) => `${level} ${n}`).join(', '));
  });

entries
  .filter((entry) => entry.level === 'ERROR')
  .foreachRDD(async (rdd) => {
    const slowest = await rdd.takeOrdered(2, (a, b) => b.ms - a.ms);
    for (const { time, path, ms } of slowest) console.log(`  ${time} ${path} failed after ${ms} ms`);
  });

await ssc.start();
await lines.ended;
await ssc.stop({ graceful: true });
await ssc.awaitTermination();
