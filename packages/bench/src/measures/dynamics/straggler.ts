import type { ExecutionBackend, SpeculationOptions } from '@millrace/core';
import { openLoop } from '../../harness/open-loop.ts';
import { type RequeuedParams, requeuedUrl } from '../../harness/requeued-job.ts';
import { SlowSwitch } from '../../harness/slowed/slow-worker.ts';
import type { SlowedBench } from '../../harness/slowed/slowed-job.ts';
import { median, quantile } from '../../stats/stats.ts';
import { type PlainWorkload, queued } from '../../workload.ts';
import { checkPositive } from '../check-positive.ts';
import type { Measure } from '../measure.ts';
import { backendsWithWorkers } from './backends-with-workers.ts';
import { type DynamicsRun, dynamicsSuite, type Figure } from './dynamics-suite.ts';
import { digestOf, wrongBatches, wrongFigure } from './output-check.ts';
import { batchesIn, type Phases, phasesOf, usually, type WatchOptions } from './phases.ts';

/** How a worker is slow. */
export interface StragglerOptions extends WatchOptions {
  /** Records a second, as an open load. */
  readonly rate: number;
  /** Milliseconds between batches. */
  readonly intervalMs: number;
  /** How many times as long the slow worker takes for the same records, above 1; 5 unless given, as in the D-Streams paper. */
  readonly slowdown?: number;
  /** How long it is slow, in ms: 4,000 unless given, half of that in quick runs, and at least ten batches. */
  readonly slowMs?: number;
  /** When the engine copies a task; its own defaults unless given. With short batches it takes a shorter `minTaskTime` and `interval`. */
  readonly speculation?: SpeculationOptions;
}

/** What each backend goes through. */
const CASES = [
  { name: '', isSlow: false, speculates: false },
  { name: ', straggler', isSlow: true, speculates: false },
  { name: ', straggler, speculation', isSlow: true, speculates: true },
] as const;
const SLOW_MS = 4000;
/** A worker that sleeps less than this share of what its slowdown comes to at most slows next to nothing. */
const LEAST_SHARE = 0.1;

/**
 * What a straggler does, with and without speculation: for a while one worker is so many times as slow as it was in the tasks that read the
 * job's queue, and so the last of each batch. Times of batches (p50, p95, max) while it is, beside those of a run without; how many copies won of a batch; how long the slow
 * worker slept in a batch, with a note where that is less than a tenth of what it would be if batches were nothing but such tasks; a chart of
 * the times of all batches; and how many batches did not deliver what the reference does: none may. After Zaharia and others, Discretized Streams
 * (SOSP 2013).
 *
 * It is slow because of where it runs, not because of its data: the worker sleeps between its records, and a copy of the task elsewhere is fast. For that
 * the job's queue is followed by two operators of the bench, in all runs: the job has to call `queueStream` once. A batch needs more than
 * one partition, or there is nobody to be behind.
 *
 * A backend without workers of its own has no row. The suite fails where no backend has any.
 *
 * @throws Error where an option is no number above 0, or `slowdown` none above 1
 */
export function straggler(options: StragglerOptions): Measure {
  const { rate, intervalMs, slowdown = 5, slowMs, beforeMs, afterMs } = options;
  checkPositive('straggler', { rate, intervalMs, slowdown, slowMs, beforeMs, afterMs });
  if (slowdown <= 1)
    throw new Error(`straggler: slowdown is how many times as long it takes, above 1, not ${slowdown}`);
  const slowBatches = (quick: boolean) => batchesIn(slowMs ?? usually(SLOW_MS, quick), intervalMs);
  return {
    id: 'straggler',
    suiteOf: (workload, backends) =>
      dynamicsSuite(workload, {
        id: 'straggler',
        title: 'a straggler',
        about:
          `${rate.toLocaleString('en')} ${workload.unit} a second as an open load in batches of ${intervalMs} ms. For a while one worker is ${slowdown} times as slow in the tasks that read the input. ` +
          'Figures are of the batches of that time. Backends without workers have no row.',
        around: 'around a straggler',
        charts: ['time of a batch', 'latency'],
        marks: ({ quick }) => {
          const { before } = phasesOf(intervalMs, options, quick);
          return [
            { atMs: before * intervalMs, label: 'a worker is slow' },
            { atMs: (before + slowBatches(quick)) * intervalMs, label: 'no more' },
          ];
        },
        async contenders({ quick }) {
          queued(workload);
          const parts = { ...phasesOf(intervalMs, options, quick), slow: slowBatches(quick) };
          return (await backendsWithWorkers(backends)).flatMap(([title, backend]) =>
            CASES.map((each) => ({
              title: `${title}${each.name}`,
              run: () => runSlowed(workload, backend, options, parts, each),
            })),
          );
        },
      }),
  };
}

async function runSlowed(
  workload: PlainWorkload,
  backend: () => ExecutionBackend,
  { rate, intervalMs, slowdown = 5, speculation = {} }: StragglerOptions,
  { warmUp, before, slow, after }: Phases & { readonly slow: number },
  { isSlow, speculates }: (typeof CASES)[number],
): Promise<DynamicsRun> {
  const worker = new SlowSwitch();
  const total = before + slow + after;
  const lead = workload.preload + warmUp;
  const seen = Array.from({ length: lead + total }, () => [] as string[]);
  const won: number[] = [];
  const params: RequeuedParams<SlowedBench> = { job: workload.params, bench: { cells: worker.cells, times: slowdown } };
  const { batches } = await openLoop(
    { ...workload, job: requeuedUrl('slowed-job', workload.job), params },
    backend(),
    { rate, intervalMs, batches: total, warmUp, hopeless: Number.POSITIVE_INFINITY },
    {
      options: speculates ? { speculation } : {},
      begun(batch) {
        worker.on = isSlow && batch >= before && batch < before + slow;
      },
      completed(batch, output, { tasks }) {
        seen[lead + batch]?.push(digestOf(output));
        if (batch >= before && batch < before + slow) won.push(tasks?.speculativeTasksWon ?? 0);
      },
    },
  );
  const timesOf = (from: number, to: number) => batches.slice(from, to).map(({ processingMs }) => processingMs);
  const times = timesOf(before, before + slow);
  const of = (metric: string, value: number): Figure => ({ metric: `time of a batch, ${metric}`, unit: 'ms', value });
  const copies = won.reduce((sum, n) => sum + n, 0) / won.length;
  return {
    batches,
    figures: [
      of('p50', median(times)),
      of('p95', quantile(times, 0.95)),
      of('max', Math.max(...times)),
      ...(speculates
        ? [{ metric: 'copies that won, of a batch', unit: '', value: copies, better: 'neither' as const }]
        : []),
      ...(isSlow ? [sleptFigure(worker.sleptMs / slow, (slowdown - 1) * median(timesOf(0, before)))] : []),
      ...wrongFigure(wrongBatches(workload, Math.round((rate * intervalMs) / 1000), seen)),
    ],
  };
}

/** How slow the slow worker was. @param mostMs what it would sleep in a batch that is nothing but its tasks */
export function sleptFigure(sleptMs: number, mostMs: number): Figure {
  const figure = { metric: 'slept in a batch', unit: 'ms', value: sleptMs, better: 'neither' } as const;
  if (sleptMs >= LEAST_SHARE * mostMs) return figure;
  return { ...figure, note: 'the straggler slowed next to nothing: give batches more records or tasks more work' };
}
