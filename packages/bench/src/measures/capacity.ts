import type { Backends } from '../harness/contenders.ts';
import { Engine } from '../harness/engine.ts';
import { type LoadRun, openLoop } from '../harness/open-loop.ts';
import { highestRate } from '../harness/search.ts';
import { estimate } from '../stats/stats.ts';
import type { Row, Suite, SuiteContext } from '../suite.ts';
import { entriesOf, type PlainWorkload } from '../workload.ts';
import type { Measure } from './measure.ts';

/** Batches over which the delay must not grow. */
const BATCHES = 60;
const WARM_UP = 15;

/**
 * Sustainable throughput: the highest rate of an open load at which batches do not wait longer and longer to begin, over 60
 * batches. Found by search; after Karimov and others, Benchmarking Distributed Stream Data Processing Systems (ICDE 2018).
 *
 * @param options `intervalMs`: between batches, 100 unless given
 */
export function sustainable({ intervalMs = 100 }: { readonly intervalMs?: number } = {}): Measure {
  return {
    id: 'sustainable',
    suiteOf: (workload, backends) =>
      capacitySuite(workload, backends, {
        id: 'sustainable',
        title: 'sustainable throughput',
        about: `Highest rate of an open load, batches of ${intervalMs} ms, at which the delay before batches begin does not grow over ${BATCHES} of them.`,
        intervals: [{ metric: 'sustainable throughput', intervalMs, holds: ({ sustained }) => sustained }],
      }),
  };
}

/**
 * Throughput under a bound of latency: the highest rate at which 99 of 100 records have their result within the bound, counted
 * from when each was due. Batches are of half the bound: the method of Zaharia and others, Discretized Streams (SOSP 2013).
 *
 * @param bounds in ms: 1000, 100 and 20 unless given
 */
export function underLatency(bounds: readonly number[] = [1000, 100, 20]): Measure {
  return {
    id: 'under-latency',
    suiteOf: (workload, backends) =>
      capacitySuite(workload, backends, {
        id: 'under-latency',
        title: 'throughput under a bound of latency',
        about: `Highest rate of an open load at which p99 of the latency of all records is below the bound, in batches of half of it.`,
        intervals: bounds.map((bound) => ({
          metric: `throughput within ${bound} ms`,
          intervalMs: bound / 2,
          holds: ({ sustained, every }) => sustained && every.quantile(0.99) <= bound,
        })),
      }),
  };
}

interface Capacity {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly intervals: readonly {
    readonly metric: string;
    readonly intervalMs: number;
    readonly holds: (run: LoadRun) => boolean;
  }[];
}

function capacitySuite(workload: PlainWorkload, backends: Backends, capacity: Capacity): Suite {
  const suite = `${workload.id}.${capacity.id}`;
  return {
    id: suite,
    title: `${workload.title}: ${capacity.title}`,
    group: workload.group,
    collections: workload.collections.filter((each) => each !== 'quick'),
    about: `${workload.about} ${capacity.about}`.trim(),
    async run(context) {
      const searches = capacity.intervals.flatMap((interval) =>
        Object.entries(backends).map(([title, backend]) => ({ title, backend, interval, found: [] as number[] })),
      );
      // A search is many runs already: the middle one of three, and more where there is a budget for them.
      const enough = (done: number) => done >= 3 && !context.goOn(searches.map(({ found }) => found));
      for (let round = 0; !enough(round) && round < context.runs; round++) {
        for (const [i, { title, backend, interval, found }] of searches.entries()) {
          const { intervalMs, holds } = interval;
          const from = found[0] ?? (await closedRate(workload, backend()));
          const tell = (rate: number) => progress(context, i / searches.length, `${title}: ${Math.round(rate)} a second`);
          const holdsAt = async (rate: number) => {
            tell(rate);
            globalThis.gc?.();
            return holds(await openLoop(workload, backend(), { rate, intervalMs, batches: BATCHES, warmUp: WARM_UP }));
          };
          found.push(await highestRate(holdsAt, { from: Math.max(1000 / intervalMs, from), tries: found.length === 0 ? 14 : 8 }));
        }
      }
      const rows = searches.map(({ title, interval, found }): Row => ({
        suite,
        contender: title,
        metric: interval.metric,
        unit: `${workload.unit}/s`,
        better: 'higher',
        ...estimate(found),
        samples: found,
      }));
      return { rows, ratios: {} };
    },
  };
}

function progress(context: SuiteContext, done: number, doing: string): void {
  context.progress(done, doing);
}

/** Records a second where batches follow one another: where the search begins. */
async function closedRate(workload: PlainWorkload, backend: ReturnType<Backends[string]>): Promise<number> {
  const { job, params, delivery, batch, batches } = workload;
  const engine = await Engine.open({ job, params, delivery, backend });
  try {
    for (const entry of entriesOf(workload, 0)) await engine.batch(entry);
    const entries = entriesOf(workload, 1);
    const from = performance.now();
    for (const entry of entries) await engine.batch(entry);
    return (batch * batches * 1000) / (performance.now() - from);
  } finally {
    await engine.close();
  }
}
