import type { ExecutionBackend } from '@millrace/core';
import { checkOutputs } from '../harness/check-outputs.ts';
import { type Cost, CostMeter } from '../harness/cost.ts';
import { Engine } from '../harness/engine.ts';
import { uncheckedNote, withNote } from '../harness/unchecked.ts';
import { Flood } from '../live/flood.ts';
import { isLive } from '../live/live-input.ts';
import { Drift } from '../stats/drift.ts';
import { estimate } from '../stats/stats.ts';
import type { Row } from '../suite.ts';
import { entriesOf, type PlainWorkload, preloadEntriesOf } from '../workload.ts';
import type { Measure } from './measure.ts';

const PEAK = 'peak resident memory';
/** How each figure of a cost is told. @param records of the run */
const FIGURES: readonly {
  readonly metric: string;
  readonly unit: string;
  readonly of: (cost: Cost, records: number, batches: number) => number;
}[] = [
  { metric: 'CPU of a million', unit: 's', of: ({ cpuSeconds }, records) => (cpuSeconds / records) * 1e6 },
  { metric: PEAK, unit: 'MB', of: ({ peakRssBytes }) => peakRssBytes / 1e6 },
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
 * between stages, tasks. Batches follow one another, and backends take turns. Peak memory is that of the whole process, which has all of them:
 * it has one value, and no interval.
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
          const note = uncheckedNote(workload, backends, await checkOutputs(workload, backends));
          const drift = new Drift();
          const contenders = Object.entries(backends).map(([name, backend]) => ({
            name,
            backend,
            costs: [] as RunCost[],
          }));
          const cpu = () => contenders.map(({ costs }) => costs.map(({ cost }) => cost.cpuSeconds));
          const rounds = context.runs + WARM_UPS;
          for (let run = 0; run < rounds || context.goOn(cpu()); run++) {
            for (let turn = 0; turn < contenders.length; turn++) {
              const { name, backend, costs } = contenders[(turn + run) % contenders.length]!;
              const done = (run + turn / contenders.length) / rounds;
              context.progress(Math.min(1, done), `${name}: run ${run + 1}`);
              if (run >= WARM_UPS) drift.measure(name);
              const found = await (isLive(workload.input) ? costOfFlood : costOfBatches)(workload, backend(), run);
              if (run >= WARM_UPS) costs.push(found);
            }
          }
          const rows = contenders.flatMap(({ name, costs }) =>
            FIGURES.map(({ metric, unit, of }): Row => {
              const all = costs.map((each) => of(each.cost, batch * batches, each.batches));
              // The peak of a process only grows.
              const samples = metric === PEAK ? all.slice(-1) : all;
              const row = { suite, contender: name, metric, unit, better: 'lower' } as const;
              return { ...row, ...estimate(samples), samples, ...drift.marks(name) };
            }),
          );
          return { rows: rows.map((row) => withNote(row, note)), ratios: {} };
        },
      };
    },
  };
}

interface RunCost {
  readonly cost: Cost;
  readonly batches: number;
}

async function costOfBatches(workload: PlainWorkload, backend: ExecutionBackend, run: number): Promise<RunCost> {
  const { job, params, delivery, batches } = workload;
  const engine = await Engine.open({ job, params, delivery, backend });
  try {
    for (const entry of preloadEntriesOf(workload)) await engine.batch(entry);
    for (const entry of entriesOf(workload, run)) await engine.batch(entry);
    const entries = entriesOf(workload, run + 1);
    const meter = await CostMeter.begin(engine.ssc);
    for (const entry of entries) await engine.batch(entry);
    return { cost: await meter.end(), batches };
  } finally {
    await engine.close();
  }
}

/** What the bench sends is sent by the same process, and is in it. */
async function costOfFlood(workload: PlainWorkload, backend: ExecutionBackend): Promise<RunCost> {
  const flood = await Flood.open(workload, backend);
  try {
    const meter = await CostMeter.begin(flood.ssc);
    const { length } = await flood.run();
    return { cost: await meter.end(), batches: length };
  } finally {
    await flood.close();
  }
}
