/*
 * Sensors that send their readings over HTTP, and an alert when a moving average leaves a band. The job is the server; the
 * rule is in `alerts.ts`. Here two sensors send what they measure in ninety seconds, on a clock that this program moves.
 *
 *     node --conditions=@millrace/source examples/sensors/main.ts
 *
 * Output:
 *     08:00:40 boiler leaves the band: 24.7 °C on average
 *     08:01:20 boiler is back: 22.7 °C on average
 *     08:01:20 cellar leaves the band: 17.0 °C on average
 *     a stranger gets 401
 */
import { single } from '@millrace/backend-single';
import { StreamingContext, seconds } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { httpStream } from '@millrace/sources/http';
import { alerts, type Reading } from './alerts.ts';

const clock = new ManualClock(Date.UTC(2026, 2, 1, 8));
const ssc = new StreamingContext(single(), seconds(10), { name: 'sensors', clock });
const readings = httpStream<Reading>(ssc, { port: 0, path: '/readings', auth: { token: 'of-the-sensors' } });

alerts(readings).foreachRDD(async (rdd, time) => {
  for (const alert of await rdd.sortBy((line) => line).collect()) {
    console.log(`${new Date(time.milliseconds).toISOString().slice(11, 19)} ${alert}`);
  }
});

await ssc.start();
const { url } = await readings.listening;

/** What a sensor does. 202 says that the reading is safe with the job. */
async function send(reading: Reading, token = 'of-the-sensors'): Promise<number> {
  const { status } = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(reading),
  });
  return status;
}

const boiler = [21, 22, 25, 27, 29, 26, 22, 20, 19];
const cellar = [19, 19, 18, 17, 19, 18, 17, 16, 15];
for (const [i, celsius] of boiler.entries()) {
  const statuses = [await send({ sensor: 'boiler', celsius }), await send({ sensor: 'cellar', celsius: cellar[i] })];
  if (statuses.some((status) => status !== 202)) throw new Error(`refused: ${statuses}`);
  await runBatches(ssc, clock, 1);
}
console.log(`a stranger gets ${await send({ sensor: 'boiler', celsius: 99 }, 'guessed')}`);
await ssc.stop();
await ssc.awaitTermination();
