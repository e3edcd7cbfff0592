/*
 * An aggregate of your own, as five functions: the share of requests that failed, for each path, over the last three
 * batches. `merge` lets the engine combine before it moves data, `subtract` lets it keep windows without recounting.
 *
 *     node --conditions=@millrace/source examples/own-aggregate/main.ts
 *
 * Output:
 *     window 1: /cart 0 of 1, /pay 2 of 3
 *     window 2: /cart 1 of 4, /pay 2 of 4
 *     window 3: /cart 1 of 5, /login 0 of 2, /pay 2 of 5
 *     window 4: /cart 1 of 4, /login 1 of 6, /pay 0 of 2
 */
import { single } from '@millrace/backend-single';
import { defineAggregate, milliseconds, StreamingContext } from '@millrace/core';
import { iterableStream } from '@millrace/sources/iterable';

interface Tally {
  failed: number;
  all: number;
}

const failureRate = defineAggregate<boolean, Tally, string>({
  name: 'failureRate',
  create: () => ({ failed: 0, all: 0 }),
  add: (tally, failed) => ({ failed: tally.failed + Number(failed), all: tally.all + 1 }),
  merge: (a, b) => ({ failed: a.failed + b.failed, all: a.all + b.all }),
  subtract: (a, b) => ({ failed: a.failed - b.failed, all: a.all - b.all }),
  finish: ({ failed, all }) => `${failed} of ${all}`,
});

/** Path and status of requests; each batch gets four. */
const requests = `
  /pay 200, /pay 503, /cart 200, /pay 503,
  /cart 200, /pay 200, /cart 500, /cart 200,
  /login 200, /cart 200, /login 401, /pay 200,
  /login 200, /login 500, /login 200, /login 200`.split(',');

const ssc = new StreamingContext(single(), milliseconds(50), { name: 'own-aggregate' });
const rates = iterableStream(ssc, requests, { maxPerBatch: 4 })
  .map((request) => request.trim().split(' '))
  .map(([path, status]) => [path, Number(status) >= 500])
  .aggregateByKeyAndWindow(failureRate, milliseconds(150));

let windows = 0;
rates.foreachRDD(async (rdd) => {
  const failed = await rdd.sortByKey().collect();
  console.log(`window ${++windows}:`, failed.map(([path, rate]) => `${path} ${rate}`).join(', '));
  if (windows === 4) void ssc.stop();
});

await ssc.start();
await ssc.awaitTermination();
