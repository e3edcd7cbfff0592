import { parseArgs } from 'node:util';
import { single } from '@millrace/backend-single';
import { EventBatches } from './generator/batches.ts';
import type { NexmarkEvent } from './generator/events.ts';
import { NexmarkGenerator } from './generator/generator.ts';
import { type NexmarkQuery, nexmarkQueries } from './queries.ts';
import { type QueryStreams, startNexmark } from './run.ts';

/*
 * How fast each query is on the single backend, next to its oracle on the same events in memory:
 *
 *     node --conditions=@millrace/source --expose-gc bench/src/nexmark/measure.ts [--only q5] [--rate 10000] [--batches 20] [--runs 5]
 *
 * A job goes through one part of the stream after the other, as it would in production; a part is `batches` batches, the
 * first two are to get warm. The oracle gets each part as one array, which it needs no state for.
 */

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    rate: { type: 'string', default: '10000' },
    batches: { type: 'string', default: '20' },
    runs: { type: 'string', default: '5' },
  },
});
const INTERVAL_MS = 1000;
const WARM_UPS = 2;
const ORACLE_MS = 50;
/** Windows of 10 s are computed when they are due, so that other parts would have none, or one that is paid for by others. */
const WINDOW_BATCHES = 10;
const [rate, batches, runs] = [Number(values.rate), Number(values.batches), Number(values.runs)];
if (!(batches > 0 && batches % WINDOW_BATCHES === 0))
  throw new RangeError(`--batches: give a multiple of ${WINDOW_BATCHES}`);
if (!(Number.isInteger(runs) && runs > 0)) throw new RangeError('--runs: give a whole number above 0');

interface Part {
  readonly batches: readonly (readonly NexmarkEvent[])[];
  readonly all: readonly NexmarkEvent[];
}

/** CPU time of this thread in ms: what else runs on the machine is not in it. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Thousands of events a second of the engine and of the oracle, over all parts that count. */
async function measure(query: NexmarkQuery) {
  const run = await startNexmark<QueryStreams>(query.job, {
    backend: single(),
    params: {},
    baseTime: 0,
    outputs: ({ output }) => ({ output }),
    sink: () => {},
  });
  const total = { events: 0, engineMs: 0, oracleMs: 0 };
  for (let part = 0; part < WARM_UPS + runs; part++) {
    const { batches, all } = makePart(part);
    globalThis.gc?.();
    const begin = cpuMs();
    for (const events of batches) await run.batch(events);
    const engineMs = cpuMs() - begin;
    globalThis.gc?.();
    // A full collection drops some of what V8 knows of the code; batches bring it back, one long loop would not.
    for (const events of batches.slice(0, batches.length / 4)) query.oracle(events);
    const oracleMs = oracleTime(query, all);
    if (part < WARM_UPS) continue;
    total.events += all.length;
    total.engineMs += engineMs;
    total.oracleMs += oracleMs;
  }
  await run.close();
  const { events, engineMs, oracleMs } = total;
  return { engine: events / engineMs, oracle: events / oracleMs, ratio: oracleMs / engineMs };
}

/** CPU time of the oracle over events in ms: the mean of several times, since the clock of CPU time has coarse steps. */
function oracleTime(query: NexmarkQuery, events: readonly NexmarkEvent[]): number {
  const begin = cpuMs();
  let times = 0;
  do {
    query.oracle(events);
    times += 1;
  } while (cpuMs() - begin < ORACLE_MS);
  return (cpuMs() - begin) / times;
}

const generator = new NexmarkGenerator({ rate });
const cuts = new EventBatches(generator, rate * batches * (WARM_UPS + runs), INTERVAL_MS);
/** Made when it is needed: events that lie about make collecting garbage slow. */
function makePart(part: number): Part {
  const cut = Array.from({ length: batches }, (_, k) => cuts.eventsOf(part * batches + k));
  return { batches: cut, all: cut.flat() };
}
console.log(
  `${rate} events a batch, ${batches} batches a part, ${runs} parts; thousands of events a second of CPU time`,
);
console.log('query    engine    oracle   ratio');
let logs = 0;
const chosen = nexmarkQueries.filter(({ id }) => values.only.length === 0 || values.only.includes(id));
for (const query of chosen) {
  const { engine, oracle, ratio } = await measure(query);
  logs += Math.log(ratio);
  const column = (value: number, width: number) => value.toFixed(0).padStart(width);
  console.log(`${query.id.padEnd(5)}${column(engine, 10)}${column(oracle, 10)}${ratio.toFixed(2).padStart(8)}`);
}
console.log(`geometric mean ${Math.exp(logs / chosen.length).toFixed(2)}`);
