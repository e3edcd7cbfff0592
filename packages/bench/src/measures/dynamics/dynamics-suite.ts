import type { LoadedBatch } from '../../harness/open-loop.ts';
import { UNCHECKED, withNote } from '../../harness/unchecked.ts';
import { Drift } from '../../stats/drift.ts';
import { estimate } from '../../stats/stats.ts';
import type { Row, Series, Suite, SuiteContext } from '../../suite.ts';
import type { PlainWorkload } from '../../workload.ts';

/** A figure of one run. */
export interface Figure {
  readonly metric: string;
  readonly unit: string;
  readonly value: number;
  /** What it must not exceed, where something is promised. */
  readonly limit?: number;
  /** `lower` unless given. */
  readonly better?: Row['better'];
  /** What has to be known of it, in a few words: the row says it if more than half of the runs do. */
  readonly note?: string;
}

/** What a run under a load came to. */
export interface DynamicsRun {
  readonly batches: readonly LoadedBatch[];
  readonly figures: readonly Figure[];
}

/** One that goes through what happens. */
export interface DynamicsContender {
  readonly title: string;
  /** What its rows say of how its output was compared before; left out where that was not done: then they say so where there is no reference. */
  readonly note?: string | null;
  run(): Promise<DynamicsRun>;
}

/** What a chart shows of each batch, over the time at which it was due. */
export type Chart = 'latency' | 'time of a batch';

/** What a suite of a measure is made of. */
export interface Dynamics {
  /** Behind the workload's id. */
  readonly id: string;
  /** Behind the workload's title. */
  readonly title: string;
  /** Behind what the workload says of itself. */
  readonly about: string;
  /** What happens, as titles of charts say it: `around the burst`. */
  readonly around: string;
  readonly charts: readonly Chart[];
  /** What happened when, in ms since the first measured batch. */
  readonly marks: (context: SuiteContext) => readonly { readonly atMs: number; readonly label: string }[];
  /** Those that can go through it. @throws Error where none can, saying why */
  readonly contenders: (context: SuiteContext) => Promise<readonly DynamicsContender[]>;
}

/** The collection of all that happens to a job while it runs. */
const COLLECTION = 'dynamics';

const CHARTS: Readonly<Record<Chart, (batch: LoadedBatch) => number>> = {
  latency: ({ latencyMs }) => latencyMs,
  'time of a batch': ({ processingMs }) => processingMs,
};

/** A suite whose contenders go through the same in turns, as often as there are runs: their figures, and charts of the last run. */
export function dynamicsSuite(workload: PlainWorkload, dynamics: Dynamics): Suite {
  const suite = `${workload.id}.${dynamics.id}`;
  return {
    id: suite,
    title: `${workload.title}: ${dynamics.title}`,
    group: workload.group,
    collections: [...new Set([...workload.collections.filter((each) => each !== 'quick'), COLLECTION])],
    about: `${workload.about} ${dynamics.about}`.trim(),
    async run(context) {
      const contenders = await dynamics.contenders(context);
      const all = contenders.map(() => [] as DynamicsRun[]);
      const drift = new Drift();
      for (let round = 0; round < context.runs; round++) {
        for (let turn = 0; turn < contenders.length; turn++) {
          const i = (turn + round) % contenders.length;
          const { title, run } = contenders[i]!;
          context.progress((round + turn / contenders.length) / context.runs, `${title}: run ${round + 1}`);
          globalThis.gc?.();
          drift.measure(title);
          all[i]!.push(await run());
        }
      }
      return {
        rows: contenders.flatMap(({ title, note = workload.reference === null ? UNCHECKED : null }, i) =>
          rowsOf(suite, title, all[i]!).map((row): Row => withNote({ ...row, ...drift.marks(title) }, note)),
        ),
        ratios: {},
        series: dynamics.charts.map((chart): Series => {
          const lines = contenders.map(({ title }, i) => lineOf(title, all[i]!.at(-1)?.batches ?? [], chart));
          return {
            suite,
            title: `${chart[0]!.toUpperCase()}${chart.slice(1)} ${dynamics.around}, in the last run`,
            x: { title: 'time', unit: 's' },
            y: { title: chart, unit: 'ms' },
            lines,
            marks: dynamics.marks(context).map(({ atMs, label }) => ({ x: atMs / 1000, label })),
          };
        }),
      };
    },
  };
}

/** A row for each metric of a contender's runs. */
function rowsOf(suite: string, contender: string, runs: readonly DynamicsRun[]): Row[] {
  return (runs[0]?.figures ?? []).map(({ metric, unit, limit, better = 'lower' }) => {
    const figures = runs.map((run) => run.figures.find((each) => each.metric === metric)!);
    const samples = figures.map(({ value }) => value);
    const promised = limit === undefined ? {} : { limit };
    const notes = figures.flatMap(({ note }) => (note === undefined ? [] : [note]));
    const noted = notes.length * 2 > runs.length ? { note: notes[0]! } : {};
    return { suite, contender, metric, unit, better, ...promised, ...noted, ...estimate(samples), samples };
  });
}

/** The chart is of one run: what a median of curves would hide is the point. */
function lineOf(contender: string, batches: readonly LoadedBatch[], chart: Chart) {
  const of = CHARTS[chart];
  return { contender, points: batches.map((batch) => [batch.atMs / 1000, of(batch)] as const) };
}
