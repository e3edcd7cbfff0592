/*
 * Two rules that find stolen cards: too many payments in a sliding window, and payments in places too far apart, for which each
 * card's last payment is state. The rules are in `rules.ts`; here they go through ten minutes of payments, on a
 * clock that this program moves.
 *
 *     node --conditions=@millrace/source examples/card-fraud/main.ts
 *
 * Output:
 *     12:03 eve: 4 payments in five minutes, 954.00 in all
 *     12:04 eve: 5 payments in five minutes, 1944.00 in all
 *     12:05 eve: 5 payments in five minutes, 1944.00 in all
 *     12:05 ada: Lisbon and Tokyo, 11144 km in 2 minutes
 *     12:06 eve: 5 payments in five minutes, 1944.00 in all
 *     12:09 cay: Porto and Lisbon, 274 km in 3 minutes
 */
import { single } from '@millrace/backend-single';
import { minutes, StreamingContext } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { impossibleTravel, type Payment, tooMany } from './rules.ts';

const START = Date.UTC(2026, 2, 1, 12);
const PLACES = {
  Lisbon: [38.72, -9.14],
  Porto: [41.15, -8.61],
  Berlin: [52.52, 13.4],
  Tokyo: [35.68, 139.69],
} as const;

/** Minute and second, card, city, euros. */
const payments: Payment[] = `
  00:05 ada Lisbon 12.50, 00:40 bob Berlin 80, 01:10 eve Porto 1, 01:20 eve Porto 1, 01:45 eve Porto 2,
  02:30 ada Lisbon 4.20, 02:50 eve Porto 950, 03:15 bob Berlin 5.90, 03:40 eve Porto 990, 04:10 ada Tokyo 2400,
  05:30 cay Porto 30, 06:20 bob Berlin 7, 07:05 dan Lisbon 15, 08:00 cay Lisbon 22, 09:10 bob Berlin 12`
  .split(',')
  .map((each) => each.trim().split(' '))
  .map(([time, card, city, euros]) => {
    const [minute, second] = time.split(':').map(Number);
    const [latitude, longitude] = PLACES[city as keyof typeof PLACES];
    return { card, city, latitude, longitude, cents: Number(euros) * 100, at: START + (minute * 60 + second) * 1000 };
  });

const clock = new ManualClock(START);
const ssc = new StreamingContext(single(), minutes(1), { name: 'card-fraud', clock });
const byMinute = Array.from({ length: 10 }, (_, m) =>
  payments.filter(({ at }) => Math.floor((at - START) / 60_000) === m),
);
const stream = ssc.queueStream(byMinute);

ssc.union([tooMany(stream), impossibleTravel(stream)]).foreachRDD(async (rdd, time) => {
  for (const alert of await rdd.collect())
    console.log(`${new Date(time.milliseconds).toISOString().slice(11, 16)} ${alert}`);
});

await ssc.start();
await runBatches(ssc, clock, byMinute.length);
await ssc.stop();
await ssc.awaitTermination();
