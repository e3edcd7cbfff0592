import { checkOutputs } from '../harness/check-outputs.ts';
import type { Backends } from '../harness/contenders.ts';
import { type Cost, CostMeter } from '../harness/cost.ts';
import { Engine } from '../harness/engine.ts';
import { Flood } from '../live/flood.ts';
import { isLive } from '../live/live-input.ts';
import { estimate } from '../stats/stats.ts';
import type { Row } from '../suite.ts';
import { entriesOf, type PlainWorkload, preloadEntriesOf } from '../workload.ts';
import type { Measure } from './measure.ts';

/** How each figure of a cost is told. @param records of the run */
const FIGURES: readonly {
  readonly metric: string;
  readonly unit: string;
  readonly of: (cost: Cost, records: number, batches: number) => number;
}[] = [
  { metric: 'CPU of a million', unit: 's', of: ({ cpuSeconds }, records) => (cpuSeconds / records) * 1e6 },
  { metric: 'peak resident memory', unit: 'MB', of: ({ peakRssBytes }) => peakRssBytes / 1e6 },
  { metric: "driver's heap after collection", unit: 'MB', of: ({ heapBytes }) => heapBytes / 1e6 },
  { metric: "driver's garbage collection of a batch", unit: 'ms', of: ({ gcMs }, _, batches) => gcMs / batches },
  { metric: "driver's event loop is late, p99", unit: 'ms', of: ({ eventLoopDelayMs }) => eventLoopDelayMs },
  {
    metric: 'serialized bytes of a record',
    unit: 'B',
    of: ({ serializedBytes }, records) => serializedBytes / records,
  },
  { metric: 'written bytes of a record', unit: 'B', of: ({ writtenBytes }, records) => writtenBytes / records },
  { metric: 'shuffled bytes of a record', unit: 'B', of: ({ shuffleBytes }, records) => shuffleBytes / records },
  { metric: 'shuffled records of a record', unit: '', of: ({ shuffleRecords }, records) => shuffleRecords / records },
  { metric: 'tasks of a batch', unit: '', of: ({ tasks }, _, batches) => tasks / batches },
];
const WARM_UPS = 2;

/**
 * What a job costs besides time: CPU of all threads, memory, garbage collection and the event loop of the driver, bytes and records
 * between stages, tasks. Batches follow one another. Peak memory is that of the whole process until then, its contenders one after the other:
 * of the first backend it is its own, of the others at least the first one's.
 */
export function cost(): Measure {
  return {
    id: 'cost',
    suiteOf(workload, backends) {
      const { id, title, about, group, collections, batch, batches } = workload;
      const suite = `${id}.cost`;
      return {
        id: suite,
        title: `${title}: cost`,
        group,
        collections: collections.filter((each) => each !== 'quick'),
        about:
          `${about} ${batches} batches of ${batch.toLocaleString('en')} ${workload.unit}, one after the other, in the driver and its workers.`.trim(),
        async run(context) {
          await checkOutputs(workload, backends);
          const rows: Row[] = [];
          const names = Object.keys(backends);
          for (const [i, [name, backend]] of Object.entries(backends).entries()) {
            const tell = (run: number) =>
              context.progress((i + run / (context.runs + WARM_UPS)) / names.length, `${name}: run ${run + 1}`);
            const costs = await (isLive(workload.input) ? costOfFloods : costOfBatches)(
              workload,
              backend,
              context.runs,
              tell,
            );
            for (const { metric, unit, of } of FIGURES) {
              const samples = costs.map((each) => of(each.cost, batch * batches, each.batches));
              const row = { suite, contender: name, metric, unit, better: 'lower' as const };
              rows.push({ ...row, ...estimate(samples), samples });
            }
          }
          return { rows, ratios: {} };
        },
      };
    },
  };
}

interface RunCost {
  readonly cost: Cost;
  readonly batches: number;
}

type Tell = (run: number) => void;

/** Runs of one job, whose windows and state go on from run to run: filling them may take longer than all runs. */
async function costOfBatches(workload: PlainWorkload, backend: Backends[string], runs: number, tell: Tell) {
  const { job, params, delivery, batches } = workload;
  const engine = await Engine.open({ job, params, delivery, backend: backend() });
  const costs: RunCost[] = [];
  try {
    for (const entry of preloadEntriesOf(workload)) await engine.batch(entry);
    for (let run = 0; run < runs + WARM_UPS; run++) {
      tell(run);
      const entries = entriesOf(workload, run);
      const meter = await CostMeter.begin(engine.ssc);
      for (const entry of entries) await engine.batch(entry);
      const cost = await meter.end();
      if (run >= WARM_UPS) costs.push({ cost, batches });
    }
  } finally {
    await engine.close();
  }
  return costs;
}

/** Each run is a job of its own. What the bench sends is sent by the same process, and is in it. */
async function costOfFloods(workload: PlainWorkload, backend: Backends[string], runs: number, tell: Tell) {
  const costs: RunCost[] = [];
  for (let run = 0; run < runs + WARM_UPS; run++) {
    tell(run);
    const flood = await Flood.open(workload, backend());
    try {
      const meter = await CostMeter.begin(flood.ssc);
      const { length } = await flood.run();
      const cost = await meter.end();
      if (run >= WARM_UPS) costs.push({ cost, batches: length });
    } finally {
      await flood.close();
    }
  }
  return costs;
}
