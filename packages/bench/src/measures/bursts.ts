import { checkOutputs } from '../harness/check-outputs.ts';
import { type LoadedBatch, openLoop } from '../harness/open-loop.ts';
import { estimate, median } from '../stats/stats.ts';
import type { Line, Row } from '../suite.ts';
import type { Measure } from './measure.ts';

/** How bursts are made. */
export interface BurstOptions {
  /** Records a second, but for bursts. */
  readonly rate: number;
  /** Milliseconds between batches. */
  readonly intervalMs: number;
  /** How many times as many records come in a burst; 5 unless given. */
  readonly times?: number;
  /** How long a burst lasts, in ms: 1,000 unless given. */
  readonly burstMs?: number;
  /** One burst, or one every ten seconds; `single` unless given. */
  readonly kind?: 'single' | 'periodic';
}

const BEFORE_MS = 3000;
const AFTER_MS = 7000;
const PERIODS = { single: 1, periodic: 3 } as const;
const WARM_UP_MS = 1500;
/** Over again is a burst when latency is below this much of what it was before it. */
const CALM = 1.5;

/**
 * What a burst of records does to latency, and how long until it is over: the single and the periodic burst of OSPBench (van Dongen and
 * Van den Poel). A chart of latency over time, and the time from the end of a burst until latency is what it was.
 */
export function bursts(options: BurstOptions): Measure {
  const { rate, intervalMs, times = 5, burstMs = 1000, kind = 'single' } = options;
  for (const [name, value] of Object.entries({ rate, intervalMs, times, burstMs }))
    if (!(value > 0)) throw new Error(`bursts: ${name} is ${value}: it takes a number above 0`);
  const name = `${kind}-burst`;
  const period = BEFORE_MS + burstMs + AFTER_MS;
  const batches = Math.ceil((period * PERIODS[kind]) / intervalMs);
  const inBurst = (ms: number) => {
    const at = ((ms % period) + period) % period;
    return ms >= 0 && at >= BEFORE_MS && at < BEFORE_MS + burstMs;
  };
  return {
    id: name,
    suiteOf(workload, backends) {
      const suite = `${workload.id}.${name}`;
      const { title, group, about, unit } = workload;
      return {
        id: suite,
        title: `${title}: ${kind} burst`,
        group,
        collections: [...workload.collections.filter((each) => each !== 'quick'), 'dynamics'],
        about:
          `${about} ${rate.toLocaleString('en')} ${unit} a second as an open load in batches of ${intervalMs} ms, and for ${burstMs} ms ${times} times as many.`.trim(),
        async run(context) {
          await checkOutputs(workload, backends);
          const entries = Object.entries(backends);
          const recovery = entries.map(() => [] as number[]);
          const lines: Line[] = [];
          for (let round = 0; round < context.runs; round++) {
            for (const [i, [name, backend]] of entries.entries()) {
              context.progress((round + i / entries.length) / context.runs, `${name}: run ${round + 1}`);
              globalThis.gc?.();
              const warmUp = Math.ceil(WARM_UP_MS / intervalMs);
              const shape = (batch: number) => (inBurst(batch * intervalMs) ? times : 1);
              const run = await openLoop(workload, backend(), { rate, intervalMs, batches, warmUp, shape });
              recovery[i]!.push(recoveryMs(run.batches, burstMs));
              // The chart is of the last run: what a median of curves would hide is the point.
              if (round === context.runs - 1)
                lines.push({
                  contender: name,
                  points: run.batches.map(({ atMs, latencyMs }) => [atMs / 1000, latencyMs]),
                });
            }
          }
          const rows = entries.map(
            ([name], i): Row => ({
              suite,
              contender: name,
              metric: 'until latency is what it was',
              unit: 'ms',
              better: 'lower',
              ...estimate(recovery[i]!),
              samples: recovery[i]!,
            }),
          );
          const series = {
            suite,
            title: 'Latency around the burst, in the last run',
            x: { title: 'time', unit: 's' },
            y: { title: 'latency', unit: 'ms' },
            lines,
            marks: Array.from({ length: PERIODS[kind] }, (_, n) => ({
              x: (n * period + BEFORE_MS) / 1000,
              label: 'burst',
            })),
          };
          return { rows, ratios: {}, series: [series] };
        },
      };
    },
  };
}

/** From the end of the first burst to the first of three batches in a row that are as fast as those before it; all the time there was, if none is. */
function recoveryMs(batches: readonly LoadedBatch[], burstMs: number): number {
  const end = BEFORE_MS + burstMs;
  const before = median(batches.filter(({ atMs }) => atMs < BEFORE_MS).map(({ latencyMs }) => latencyMs));
  const after = batches.filter(({ atMs }) => atMs >= end && atMs < end + AFTER_MS);
  const calm = (batch: LoadedBatch | undefined) => batch === undefined || batch.latencyMs <= CALM * before;
  const first = after.find((_, i) => calm(after[i]) && calm(after[i + 1]) && calm(after[i + 2]));
  return Math.max(0, (first?.atMs ?? end + AFTER_MS) - end);
}
