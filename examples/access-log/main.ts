/*
 * The access log of a web server, read while it grows: status codes, error rate and the most frequent paths of the last
 * minute. `tail.ts` follows the file, also over a rotation; the analysis is in `analysis.ts`. A server that writes two
 * minutes of its log, and a clock that this program moves, stand for the real ones.
 *
 *     node --conditions=@millrace/source examples/access-log/main.ts
 *
 * Output:
 *     10:00:20 2xx 29, 3xx 2, 4xx 4, 5xx 1: 2.8 % errors
 *              / 9, /help 6, /cart 5
 *     10:00:40 2xx 53, 3xx 9, 4xx 6, 5xx 2: 2.9 % errors
 *              / 19, /cart 12, /help 10
 *     10:01:00 2xx 75, 3xx 12, 4xx 11, 5xx 11: 10.1 % errors
 *              / 33, /help 17, /cart 15
 *     10:01:20 2xx 74, 3xx 13, 4xx 7, 5xx 15: 13.8 % errors
 *              / 33, /help 19, /cart 15
 *     10:01:40 2xx 73, 3xx 11, 4xx 8, 5xx 19: 17.1 % errors
 *              / 35, /help 17, /cart 16
 *     10:02:00 2xx 80, 3xx 11, 4xx 8, 5xx 11: 10.0 % errors
 *              / 30, /cart 18, /search 18
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { single } from '@millrace/backend-single';
import { compareValues, StreamingContext, seconds } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { iterableStream } from '@millrace/sources/iterable';
import { analyse } from './analysis.ts';
import { writeLog } from './server.ts';
import { tail } from './tail.ts';

const directory = await mkdtemp(join(tmpdir(), 'access-log-'));
const path = join(directory, 'access.log');
const clock = new ManualClock(Date.UTC(2026, 2, 1, 10));
const ssc = new StreamingContext(single(), seconds(10), { name: 'access-log', clock });
const lines = iterableStream(ssc, () => tail(path));
const { statuses, paths } = analyse(lines);

statuses.foreachRDD(async (rdd, time) => {
  const counts = new Map(await rdd.sortByKey().collect());
  const all = [...counts.values()].reduce((a, b) => a + b, 0);
  const rate = ((counts.get('5xx') ?? 0) / all) * 100;
  const list = [...counts].map(([status, n]) => `${status} ${n}`).join(', ');
  console.log(`${new Date(time.milliseconds).toISOString().slice(11, 19)} ${list}: ${rate.toFixed(1)} % errors`);
});
paths.foreachRDD(async (rdd) => {
  const top = await rdd.takeOrdered(3, (a, b) => b[1] - a[1] || compareValues(a[0], b[0]));
  console.log(`         ${top.map(([each, n]) => `${each} ${n}`).join(', ')}`);
});

await ssc.start();
for await (const written of writeLog(path)) {
  // A real job would just go on; here each batch gets exactly what was written for it.
  while (lines.buffered < written) await clock.breathe();
  await runBatches(ssc, clock, 1);
}
await ssc.stop();
await ssc.awaitTermination();
await rm(directory, { recursive: true });
