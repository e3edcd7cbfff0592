import { single } from '@millrace/backend-single';
import { OutputDiffers } from '@millrace/bench';
import { canonical, firstDifference } from './canonical.ts';
import type { EventBatches } from './generator/batches.ts';
import type { NexmarkEvent } from './generator/events.ts';
import type { NexmarkQuery } from './queries.ts';
import { type NexmarkRun, type QueryStreams, startNexmark } from './run.ts';

/** A short loop is repeated until it has run so long: its time is the mean. */
const ORACLE_MS = 50;

/** Seconds of a part, by the wall: on `single` as by the oracle nothing else of the process has work but V8's own threads. */
export interface PartTimes {
  readonly engine: number;
  readonly oracle: number;
}

/** Starts a query on `single`. @param sink gets its rows @param baseTime of its events */
export function openQuery(
  { job }: NexmarkQuery,
  sink: (rows: readonly unknown[]) => void,
  baseTime = 0,
): Promise<NexmarkRun> {
  return startNexmark<QueryStreams>(job, {
    backend: single(),
    params: {},
    baseTime,
    outputs: ({ output }) => ({ output }),
    sink: (_, rows) => sink(rows),
  });
}

/** Compares a query's rows with its oracle's. @throws OutputDiffers naming a row that only one of them has */
export async function checkQuery(query: NexmarkQuery, batches: EventBatches): Promise<void> {
  const rows: unknown[] = [];
  const all: NexmarkEvent[] = [];
  const run = await openQuery(
    query,
    (more) => {
      for (const row of more) rows.push(row);
    },
    batches.baseTime,
  );
  try {
    for (let k = 0; k < batches.count + batches.drain; k++) {
      const events = batches.eventsOf(k);
      for (const event of events) all.push(event);
      await run.batch(events);
    }
  } finally {
    await run.close();
  }
  const difference = firstDifference(canonical(rows, query.compared), canonical(query.oracle(all), query.compared));
  if (difference !== null) throw new OutputDiffers(`${query.id}: ${difference}`);
}

/** A part of a query's stream. */
export interface StreamPart {
  /** Batches that come before the timed ones: a full collection drops some of what V8 knows of the code, and they bring it back. */
  readonly leadIn: readonly NexmarkEvent[][];
  readonly timed: readonly NexmarkEvent[][];
}

/** One part of the stream, batch after batch by the engine, and as one array by the oracle, which needs no state for it. */
export async function racePart(
  { oracle }: NexmarkQuery,
  run: NexmarkRun,
  { leadIn, timed: batches }: StreamPart,
  oracleFirst: boolean,
): Promise<PartTimes> {
  const all = batches.flat();
  const byOracle = () => {
    globalThis.gc?.();
    for (const events of leadIn) oracle(events);
    return oracleSeconds(oracle, all);
  };
  const before = oracleFirst ? byOracle() : null;
  globalThis.gc?.();
  for (const events of leadIn) await run.batch(events);
  const begun = performance.now();
  for (const events of batches) await run.batch(events);
  const engine = (performance.now() - begun) / 1000;
  return { engine, oracle: before ?? byOracle() };
}

/** The mean of several times. */
function oracleSeconds(oracle: NexmarkQuery['oracle'], events: readonly NexmarkEvent[]): number {
  const begun = performance.now();
  let times = 0;
  do {
    oracle(events);
    times += 1;
  } while (performance.now() - begun < ORACLE_MS);
  return (performance.now() - begun) / times / 1000;
}
