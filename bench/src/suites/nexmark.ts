import { single } from '@millrace/backend-single';
import { estimate, type Row, type Suite } from '@millrace/bench';
import { EventBatches } from '../nexmark/generator/batches.ts';
import type { NexmarkEvent } from '../nexmark/generator/events.ts';
import { NexmarkGenerator } from '../nexmark/generator/generator.ts';
import { type NexmarkQuery, nexmarkQueries } from '../nexmark/queries.ts';
import { type NexmarkRun, type QueryStreams, startNexmark } from '../nexmark/run.ts';

/** Events of a batch: a second of the generator. */
const RATE = 10_000;
const INTERVAL_MS = 1000;
const WARM_UPS = 2;
/** The clock of CPU time has coarse steps: a loop is repeated until it has run so long. */
const ORACLE_MS = 50;
/** Windows of 10 s are computed when they are due: a part with fewer batches would have none, or one that others pay for. */
const WINDOW_BATCHES = 10;

/** What is measured of a query, part after part. */
interface Speeds {
  readonly query: NexmarkQuery;
  readonly run: NexmarkRun;
  /** Events a second of CPU time. */
  readonly engine: number[];
  readonly oracle: number[];
}

/** CPU time of this thread in ms: what else runs on the machine is not in it. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const openQuery = async (query: NexmarkQuery): Promise<Speeds> => ({
  query,
  run: await startNexmark<QueryStreams>(query.job, {
    backend: single(),
    params: {},
    baseTime: 0,
    outputs: ({ output }) => ({ output }),
    sink: () => {},
  }),
  engine: [],
  oracle: [],
});

/** One part of the stream, batch after batch by the engine, and as one array by the oracle, which needs no state for it. */
async function part({ query, run, engine, oracle }: Speeds, batches: readonly NexmarkEvent[][], counts: boolean) {
  const all = batches.flat();
  globalThis.gc?.();
  const begun = cpuMs();
  for (const events of batches) await run.batch(events);
  const engineMs = cpuMs() - begun;
  globalThis.gc?.();
  // A full collection drops some of what V8 knows of the code; batches bring it back, one long loop would not.
  for (const events of batches.slice(0, batches.length / 4)) query.oracle(events);
  const oracleMs = oracleTime(query, all);
  if (!counts) return;
  engine.push((all.length * 1000) / engineMs);
  oracle.push((all.length * 1000) / oracleMs);
}

/** CPU time of the oracle over events in ms: the mean of several times. */
function oracleTime(query: NexmarkQuery, events: readonly NexmarkEvent[]): number {
  const begun = cpuMs();
  let times = 0;
  do {
    query.oracle(events);
    times += 1;
  } while (cpuMs() - begun < ORACLE_MS);
  return (cpuMs() - begun) / times;
}

/** The queries of Nexmark against loops over the same events. That outputs are equal is a test of its own. */
export const nexmarkSuite: Suite = {
  id: 'nexmark',
  title: 'Nexmark, each query on single over its oracle',
  group: 'Nexmark',
  about: `Events of the generator in memory, ${RATE.toLocaleString('en')} in a batch of a second; q0 to q9 and q11 to q20. The oracle is a plain loop over all events at once. CPU time of the thread; all rows are collected. Outputs are compared by the tests of the queries.`,
  collections: ['full', 'nexmark'],
  async run(context) {
    const batches = WINDOW_BATCHES * (context.quick ? 1 : 2);
    const parts = WARM_UPS + context.runs;
    const cuts = new EventBatches(new NexmarkGenerator({ rate: RATE }), RATE * batches * parts, INTERVAL_MS);
    const speeds: Speeds[] = [];
    for (const [i, query] of nexmarkQueries.entries()) {
      const opened = await openQuery(query);
      speeds.push(opened);
      try {
        for (let n = 0; n < parts; n++) {
          context.progress((i + n / parts) / nexmarkQueries.length, `${query.id}: part ${n + 1} of ${parts}`);
          // Made when it is needed: events that lie about make collecting garbage slow.
          const some = Array.from({ length: batches }, (_, k) => [...cuts.eventsOf(n * batches + k)]);
          await part(opened, some, n >= WARM_UPS);
        }
      } finally {
        await opened.run.close();
      }
    }
    const ratios = speeds.map(({ engine, oracle }) => engine.map((speed, i) => speed / oracle[i]!));
    const mean = Array.from({ length: context.runs }, (_, i) =>
      Math.exp(ratios.reduce((sum, of) => sum + Math.log(of[i]!), 0) / ratios.length),
    );
    const row = (contender: string, metric: string, unit: string, samples: readonly number[]): Row => ({
      suite: this.id,
      contender,
      metric,
      unit,
      better: 'higher',
      ...estimate(samples),
      samples,
    });
    return {
      rows: [
        ...speeds.map(({ query }, i) => row(query.id, 'speed over the loop', '', ratios[i]!)),
        ...speeds.map(({ query, engine }) => row(query.id, 'throughput of single', 'events/s', engine)),
        ...speeds.map(({ query, oracle }) => row(query.id, 'throughput of the loop', 'events/s', oracle)),
      ],
      ratios: { 'nexmark.q*/oracle-loop': estimate(mean) },
    };
  },
};
