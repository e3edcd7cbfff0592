import { checkOutputs } from '../../harness/check-outputs.ts';
import { type LoadRun, openLoop } from '../../harness/open-loop.ts';
import { uncheckedNote } from '../../harness/unchecked.ts';
import { median } from '../../stats/stats.ts';
import { checkPositive } from '../check-positive.ts';
import type { Measure } from '../measure.ts';
import { dynamicsSuite } from './dynamics-suite.ts';
import { type Phases, phasesOf, type WatchOptions } from './phases.ts';
import { recoveryMs } from './recovery.ts';

/** How bursts are made. */
export interface BurstOptions extends WatchOptions {
  /** Records a second, but for bursts. */
  readonly rate: number;
  /** Milliseconds between batches. */
  readonly intervalMs: number;
  /** How many times as many records come in a burst; 5 unless given. */
  readonly times?: number;
  /** How long a burst lasts, in ms: 1,000 unless given. */
  readonly burstMs?: number;
  /** One burst, or three, each with what is before and after it; `single` unless given. */
  readonly kind?: 'single' | 'periodic';
}

const BURSTS = { single: 1, periodic: 3 } as const;

/**
 * What a burst of records does to latency, and how long until it is over: the single and the periodic burst of OSPBench (van Dongen and
 * Van den Poel), every eleven seconds. A chart of latency over time, and the time from the end of a burst until latency is what it was; with several bursts the median
 * of these times.
 *
 * @throws Error where an option is no number above 0
 */
export function bursts(options: BurstOptions): Measure {
  const { rate, intervalMs, times = 5, burstMs = 1000, kind = 'single', beforeMs, afterMs } = options;
  checkPositive('bursts', { rate, intervalMs, times, burstMs, beforeMs, afterMs });
  const id = `${kind}-burst`;
  const length = Math.max(1, Math.round(burstMs / intervalMs));
  return {
    id,
    suiteOf: (workload, backends) =>
      dynamicsSuite(workload, {
        id,
        title: `${kind} burst`,
        about: `${rate.toLocaleString('en')} ${workload.unit} a second as an open load in batches of ${intervalMs} ms, and for ${burstMs} ms ${times} times as many.`,
        around: 'around the burst',
        charts: ['latency'],
        marks: ({ quick }) => {
          const parts = phasesOf(intervalMs, options, quick);
          return beginnings(kind, parts, length).map((batch) => ({ atMs: batch * intervalMs, label: 'burst' }));
        },
        async contenders({ quick }) {
          const note = uncheckedNote(workload, backends, await checkOutputs(workload, backends));
          const parts = phasesOf(intervalMs, options, quick);
          const begins = beginnings(kind, parts, length);
          const batches = BURSTS[kind] * periodOf(parts, length);
          const isBurst = (batch: number) => begins.some((begin) => batch >= begin && batch < begin + length);
          const shape = (batch: number) => (isBurst(batch) ? times : 1);
          const load = { rate, intervalMs, batches, warmUp: parts.warmUp, shape, hopeless: Number.POSITIVE_INFINITY };
          return Object.entries(backends).map(([title, backend]) => ({
            title,
            note,
            async run() {
              const run = await openLoop(workload, backend(), load);
              const ends = begins.map((begin) => begin + length);
              const value = recoveryOf(run, ends, parts, intervalMs);
              return {
                batches: run.batches,
                figures: [{ metric: 'until latency is what it was', unit: 'ms', value }],
              };
            },
          }));
        },
      }),
  };
}

const periodOf = ({ before, after }: Phases, length: number) => before + length + after;

/** The batches with which bursts begin. */
function beginnings(kind: 'single' | 'periodic', parts: Phases, length: number): readonly number[] {
  return Array.from({ length: BURSTS[kind] }, (_, n) => n * periodOf(parts, length) + parts.before);
}

/** The median over the bursts. @param ends the batches that follow them */
function recoveryOf({ batches }: LoadRun, ends: readonly number[], parts: Phases, intervalMs: number): number {
  const { before, after } = parts;
  return median(ends.map((end) => recoveryMs(batches, { before, end, until: end + after }, intervalMs)));
}
