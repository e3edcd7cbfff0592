/*
 * Average delay by origin: an aggregate for each key, joined with a small table that every task can read (a broadcast
 * variable), so that the flights themselves are not moved for the join.
 *
 *     node --conditions=@millrace/source examples/flights/main.ts
 *
 * Output:
 *     late departures:
 *       PHX Phoenix: 14.2 min
 *       SEA Seattle: 12.8 min
 *       SFO San Francisco: 8.2 min
 *     late departures:
 *       DEN Denver: 25.4 min
 *       ATL Atlanta: 23.2 min
 *       SFO San Francisco: 9.4 min
 */
import { readFileSync } from 'node:fs';
import { single } from '@millrace/backend-single';
import { average, milliseconds, StreamingContext } from '@millrace/core';
import { textFileBatches } from '@millrace/sources/files';

const data = (name: string) => new URL(`../data/${name}`, import.meta.url);

const ssc = new StreamingContext(single(), milliseconds(50), { name: 'flights' });

// Made once, here; sent to each worker once, where there are workers.
const cities = ssc.broadcast('cities', () => {
  const rows = readFileSync(data('airports.csv'), 'utf8').trim().split('\n');
  return new Map(rows.map((row) => row.split(',') as [code: string, city: string]));
});

const flights = textFileBatches(ssc, data('flights.csv'), { linesPerBatch: 150 });

flights
  .map((line) => line.split(','))
  .map(([, origin, , delay]) => [origin, Number(delay)])
  .aggregateByKey(average())
  .joinBroadcast(cities)
  .foreachRDD(async (rdd) => {
    const delays = await rdd.sortBy(([, [minutes]]) => minutes, { ascending: false }).take(3);
    if (delays.length === 0) return;
    console.log('late departures:');
    for (const [code, [minutes, city]] of delays) console.log(`  ${code} ${city}: ${minutes.toFixed(1)} min`);
  });

await ssc.start();
await flights.ended;
await ssc.stop({ graceful: true });
await ssc.awaitTermination();
