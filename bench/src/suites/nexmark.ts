import { Drift, estimate, pairRatios, type Row, type Suite, type SuiteContext } from '@millrace/bench';
import { crossingBatches } from '../nexmark/crossing.ts';
import { EventBatches } from '../nexmark/generator/batches.ts';
import { NexmarkGenerator } from '../nexmark/generator/generator.ts';
import { type NexmarkQuery, nexmarkQueries } from '../nexmark/queries.ts';
import { checkQuery, openQuery, racePart } from '../nexmark/query-race.ts';

/** Events of a batch: a second of the generator. */
const RATE = 10_000;
const INTERVAL_MS = 1000;
const WARM_UPS = 2;
/** Windows of 10 s are computed when they are due: a part with fewer batches would have none, or one that others pay for. */
const WINDOW_BATCHES = 10;
/** Before the timed batches of each part, on both sides; so many that windows are due in the same places. */
const LEAD_IN_BATCHES = WINDOW_BATCHES;

/** What is measured of a query, part after part, in events a second. */
interface Speeds {
  readonly query: NexmarkQuery;
  readonly engine: number[];
  readonly oracle: number[];
}

/** What is compared before anything is timed: an odd seed and an even one cross different times. */
const COMPARED_SEEDS = [1, 2];
const COMPARED_EVENTS = 20_000;

const batchesOf = (batches: number) =>
  new EventBatches(new NexmarkGenerator({ rate: RATE }), RATE * batches, INTERVAL_MS);

/** One pass of the stream through a query: some parts to warm up, and those that count. */
async function pass(
  { query, engine, oracle }: Speeds,
  drift: Drift,
  batches: number,
  { runs, tell }: Pick<SuiteContext, 'runs'> & { readonly tell: (part: number) => void },
): Promise<void> {
  const cuts = batchesOf((LEAD_IN_BATCHES + batches) * (WARM_UPS + runs));
  const run = await openQuery(query, () => {});
  try {
    for (let n = 0; n < WARM_UPS + runs; n++) {
      tell(n / (WARM_UPS + runs));
      // Made when it is needed: events that lie about make collecting garbage slow.
      const first = n * (LEAD_IN_BATCHES + batches);
      const some = (from: number, count: number) =>
        Array.from({ length: count }, (_, k) => cuts.eventsOf(first + from + k));
      const part = { leadIn: some(0, LEAD_IN_BATCHES), timed: some(LEAD_IN_BATCHES, batches) };
      const counts = n >= WARM_UPS;
      if (counts) drift.measure(query.id);
      const seconds = await racePart(query, run, part, n % 2 === 1);
      if (!counts) continue;
      engine.push((RATE * batches) / seconds.engine);
      oracle.push((RATE * batches) / seconds.oracle);
    }
  } finally {
    await run.close();
  }
}

/** The geometric mean of the queries, of each part. */
function meanRatios(speeds: readonly Speeds[]): number[] {
  const logs = speeds.map(({ engine, oracle }) => pairRatios(engine, oracle).map(Math.log));
  return logs[0]!.map((_, part) => Math.exp(logs.reduce((sum, of) => sum + of[part]!, 0) / logs.length));
}

/** The queries of Nexmark against loops over the same events. */
export const nexmarkSuite: Suite = {
  id: 'nexmark',
  title: 'Nexmark, each query on single over its oracle',
  group: 'Nexmark',
  about: `Events of the generator in memory, ${RATE.toLocaleString('en')} in a batch of a second; q0 to q9 and q11 to q20. The oracle is a plain loop over all events of a part at once, and knows nothing of those before; the engine goes on with its state. Both take turns; all rows are collected. Before that the rows of each query are compared with its oracle's, also on slower streams of two seeds that cross windows, sessions and a day.`,
  collections: ['full', 'nexmark'],
  async run(context) {
    const batches = WINDOW_BATCHES * (context.quick ? 1 : 2);
    const speeds = nexmarkQueries.map((query): Speeds => ({ query, engine: [], oracle: [] }));
    const drift = new Drift();
    for (const { query } of speeds) {
      context.progress(0, `${query.id}: comparing the output`);
      for (const seed of COMPARED_SEEDS) await checkQuery(query, crossingBatches(seed, COMPARED_EVENTS));
      await checkQuery(query, batchesOf(WINDOW_BATCHES));
    }
    for (let n = 0; n === 0 || context.goOn([meanRatios(speeds)]); n++) {
      for (const [i, each] of speeds.entries()) {
        const tell = (done: number) =>
          context.progress((n + (i + done) / speeds.length) / (n + 1), `${each.query.id}: pass ${n + 1}`);
        await pass(each, drift, batches, { runs: context.runs, tell });
      }
    }
    const row = ({ query }: Speeds, metric: string, unit: string, samples: readonly number[]): Row => ({
      suite: this.id,
      contender: query.id,
      metric,
      unit,
      better: 'higher',
      ...estimate(samples),
      samples,
      loopMs: drift.loopMs(query.id),
      ...(drift.drifted(query.id) ? { drifted: true } : {}),
    });
    return {
      rows: [
        ...speeds.map((of) => row(of, 'speed over the loop', '', pairRatios(of.engine, of.oracle))),
        ...speeds.map((of) => row(of, 'throughput of single', 'events/s', of.engine)),
        ...speeds.map((of) => row(of, 'throughput of the loop', 'events/s', of.oracle)),
      ],
      ratios: { 'nexmark.q*/oracle-loop': estimate(meanRatios(speeds)) },
    };
  },
};
