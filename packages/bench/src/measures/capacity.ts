import { checkOutputs } from '../harness/check-outputs.ts';
import type { Backends } from '../harness/contenders.ts';
import { Engine } from '../harness/engine.ts';
import { type LoadRun, openLoop } from '../harness/open-loop.ts';
import { type Bracket, highestRate } from '../harness/search.ts';
import { uncheckedNote, withNote } from '../harness/unchecked.ts';
import { Flood } from '../live/flood.ts';
import { isLive } from '../live/live-input.ts';
import { Drift } from '../stats/drift.ts';
import { type Estimate, median } from '../stats/stats.ts';
import type { Row, Suite } from '../suite.ts';
import { entriesOf, type PlainWorkload, preloadEntriesOf } from '../workload.ts';
import { checkPositive } from './check-positive.ts';
import type { Measure } from './measure.ts';

/** Batches over which the delay must not grow. */
const SUSTAINED_BATCHES = 60;
/** A bound of latency is kept over so long, and over so many batches. */
const BOUNDED_MS = 3000;
const BOUNDED_BATCHES = 20;
/** Of the measured batches come so many before them, as a share. */
const WARM_UP = 1 / 4;
/** Of the rate of a closed loop: where the search begins. */
const FIRST = 0.8;
/** How near a search comes to the edge, and how many rates it tries for that. */
const SEARCH = { full: { precision: 1.08, tries: 12 }, quick: { precision: 1.3, tries: 5 } } as const;

/**
 * Sustainable throughput: the highest rate of an open load at which batches do not wait longer and longer to begin, over 60
 * batches. Found by search; after Karimov and others, Benchmarking Distributed Stream Data Processing Systems (ICDE 2018).
 *
 * One search gives one value, with which `compare` can do nothing: with a budget it is done again. It tries up to twelve rates, until
 * what holds and what does not are 8 % apart; where the bench is quick five, and 30 %.
 *
 * @param options `intervalMs`: between batches, 50 unless given
 */
export function sustainable({ intervalMs = 50 }: { readonly intervalMs?: number } = {}): Measure {
  checkPositive('sustainable', { intervalMs });
  return {
    id: 'sustainable',
    suiteOf: (workload, backends) =>
      capacitySuite(workload, backends, {
        id: 'sustainable',
        title: 'sustainable throughput',
        collections: [],
        about: `Highest rate of an open load, batches of ${intervalMs} ms, at which the delay before batches begin does not grow over ${SUSTAINED_BATCHES} of them.`,
        intervals: [
          {
            metric: 'sustainable throughput',
            intervalMs,
            batches: SUSTAINED_BATCHES,
            holds: ({ sustained }) => sustained,
          },
        ],
      }),
  };
}

/**
 * Throughput under a bound of latency: the highest rate at which 99 of 100 records have their result within the bound, counted
 * from when each was due. Batches are of half the bound: the method of Zaharia and others, Discretized Streams (SOSP 2013). It is
 * searched as `sustainable` does it.
 *
 * @param bounds in ms: 1000, 100 and 20 unless given
 */
export function underLatency(bounds: readonly number[] = [1000, 100, 20]): Measure {
  for (const bound of bounds) checkPositive('underLatency', { bound });
  if (bounds.length === 0) throw new Error('underLatency: it takes at least one bound, in ms');
  return {
    id: 'under-latency',
    suiteOf: (workload, backends) =>
      capacitySuite(workload, backends, {
        id: 'under-latency',
        title: 'throughput under a bound of latency',
        collections: ['latency'],
        about: `Highest rate of an open load at which p99 of the latency of all records is below the bound, in batches of half of it.`,
        intervals: bounds.map((bound) => ({
          metric: `throughput within ${bound} ms`,
          intervalMs: bound / 2,
          batches: Math.max(BOUNDED_BATCHES, Math.ceil((2 * BOUNDED_MS) / bound)),
          holds: ({ sustained, every }) => sustained && every.quantile(0.99) <= bound,
        })),
      }),
  };
}

interface Capacity {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  /** Besides the workload's. */
  readonly collections: readonly string[];
  readonly intervals: readonly {
    readonly metric: string;
    readonly intervalMs: number;
    /** Measured for each rate that is tried. */
    readonly batches: number;
    readonly holds: (run: LoadRun) => boolean;
  }[];
}

function capacitySuite(workload: PlainWorkload, backends: Backends, capacity: Capacity): Suite {
  const suite = `${workload.id}.${capacity.id}`;
  return {
    id: suite,
    title: `${workload.title}: ${capacity.title}`,
    group: workload.group,
    collections: [...workload.collections.filter((each) => each !== 'quick'), ...capacity.collections],
    about: `${workload.about} ${capacity.about}`.trim(),
    async run(context) {
      const note = uncheckedNote(workload, backends, await checkOutputs(workload, backends));
      const searches = capacity.intervals.flatMap((interval) =>
        Object.entries(backends).map(([title, backend]) => ({ title, backend, interval, found: [] as Bracket[] })),
      );
      const drift = new Drift();
      // A search is many runs already, and ends with an interval. It is done again where a budget is left.
      for (let round = 0; round === 0 || (round < context.runs && context.hasTime()); round++) {
        for (const [i, { title, backend, interval, found }] of searches.entries()) {
          const { intervalMs, batches, holds } = interval;
          const warmUp = Math.ceil(batches * WARM_UP);
          const from = found[0]?.holds || (await closedRate(workload, backend())) * FIRST;
          const done = (round + i / searches.length) / (round + 1);
          const holdsAt = async (rate: number) => {
            context.progress(done, `${title}: ${Math.round(rate).toLocaleString('en')} ${workload.unit} a second`);
            globalThis.gc?.();
            drift.measure(title);
            return holds(await openLoop(workload, backend(), { rate, intervalMs, batches, warmUp }));
          };
          found.push(
            await highestRate(holdsAt, {
              from: Math.max(1000 / intervalMs, from),
              ...SEARCH[context.quick ? 'quick' : 'full'],
            }),
          );
        }
      }
      const rows = searches.map(
        ({ title, interval, found }): Row => ({
          suite,
          contender: title,
          metric: interval.metric,
          unit: `${workload.unit}/s`,
          better: 'higher',
          ...between(found),
          samples: found.map(({ holds }) => holds),
          note: noteOf(found),
          ...drift.marks(title),
        }),
      );
      return { rows: rows.map((row) => withNote(row, note)), ratios: {} };
    },
  };
}

/** What the interval of a search is, which is none of 95 %. */
function noteOf(found: readonly Bracket[]): string {
  if (found.some(({ fails }) => !Number.isFinite(fails))) return 'every rate that was tried held';
  if (found.some(({ holds }) => holds === 0)) return 'no rate that was tried held';
  return 'the interval is from what held to what did not';
}

/** The middle of what held, between the lowest that held and the highest that failed. */
function between(found: readonly Bracket[]): Estimate {
  const held = found.map(({ holds }) => holds);
  const high = Math.max(...found.map(({ holds, fails }) => (Number.isFinite(fails) ? fails : holds)));
  return { value: median(held), low: Math.min(...held), high, runs: found.length };
}

/** Records a second where batches follow one another: where the search begins. */
async function closedRate(workload: PlainWorkload, backend: ReturnType<Backends[string]>): Promise<number> {
  const { job, params, delivery, batch, batches, input } = workload;
  if (isLive(input)) return floodRate(workload, backend);
  const engine = await Engine.open({ job, params, delivery, backend });
  try {
    for (const entry of preloadEntriesOf(workload)) await engine.batch(entry);
    for (const entry of entriesOf(workload, 0)) await engine.batch(entry);
    const entries = entriesOf(workload, 1);
    const from = performance.now();
    for (const entry of entries) await engine.batch(entry);
    return (batch * batches * 1000) / (performance.now() - from);
  } finally {
    await engine.close();
  }
}

/** The same of a job that has a source of its own. */
async function floodRate(workload: PlainWorkload, backend: ReturnType<Backends[string]>): Promise<number> {
  const flood = await Flood.open(workload, backend);
  try {
    const from = performance.now();
    await flood.run();
    return (workload.batch * workload.batches * 1000) / (performance.now() - from);
  } finally {
    await flood.close();
  }
}
