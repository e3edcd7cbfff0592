import { checkOutputs } from '../harness/check-outputs.ts';
import { openLoop } from '../harness/open-loop.ts';
import { uncheckedNote, withNote } from '../harness/unchecked.ts';
import { Drift } from '../stats/drift.ts';
import { Latencies } from '../stats/latencies.ts';
import { estimate } from '../stats/stats.ts';
import type { Row } from '../suite.ts';
import { checkPositive } from './check-positive.ts';
import type { Measure } from './measure.ts';

/** How latency is measured. */
export interface LatencyOptions {
  /** Records a second, as an open load: they come whether or not the engine keeps up. */
  readonly rate: number;
  /** Milliseconds between batches; the job's windows have to fit. */
  readonly intervalMs: number;
  /**
   * Measured batches of a run, each of which is one value: p99.9 needs a thousand to differ from the longest, and of fewer it is not told. Left
   * out: as many as there are in 6 seconds (3 where the bench is quick), at least 60.
   */
  readonly batches?: number;
}

/** What is told of a distribution, each with the fewest batches of which it is told: of fewer than a thousand p99.9 is the longest. */
const QUANTILES = [
  ['p50', 0.5, 1],
  ['p90', 0.9, 1],
  ['p99', 0.99, 1],
  ['p99.9', 0.999, 1000],
] as const;
/** Those that so many batches are enough for. */
export function quantilesOf(batches: number): readonly (readonly [name: string, q: number])[] {
  return QUANTILES.flatMap(([name, q, fewest]) => (batches < fewest ? [] : [[name, q] as const]));
}

const MEASURED_MS = { full: 6000, quick: 3000 } as const;
const FEWEST_BATCHES = 60;
const WARM_UP_MS = 1500;

/**
 * How long results take under an open load, from the time at which the last record that contributed to them was due: what the
 * engine owes to its user, also for batches that had to wait for others (no coordinated omission).
 *
 * It also gives the ratio `latency.p99/interval`, p99 of the slowest backend over the interval, for those who promise it.
 *
 * @example
 * ```ts
 * import { latency } from '@millrace/bench';
 * const measure = [latency({ rate: 100_000, intervalMs: 20 })];
 * ```
 */
export function latency(options: LatencyOptions): Measure {
  const { rate, intervalMs } = options;
  checkPositive('latency', { rate, intervalMs, batches: options.batches });
  const name = `latency-${rate}-${intervalMs}ms`;
  return {
    id: name,
    suiteOf(workload, backends) {
      const suite = `${workload.id}.${name}`;
      const batchesIn = (ms: number) => options.batches ?? Math.max(FEWEST_BATCHES, Math.ceil(ms / intervalMs));
      const { title, group, about, unit } = workload;
      return {
        id: suite,
        title: `${title}: latency`,
        group,
        collections: [...workload.collections.filter((each) => each !== 'quick'), 'latency'],
        about:
          `${about} ${rate.toLocaleString('en')} ${unit} a second as an open load, batches of ${intervalMs} ms, ${batchesIn(MEASURED_MS.full)} of them in a run (${batchesIn(MEASURED_MS.quick)} with --quick). From the time at which the last record of a batch was due to its output. p99.9 is told where a run has 1,000 batches.`.trim(),
        async run(context) {
          const note = uncheckedNote(workload, backends, await checkOutputs(workload, backends));
          const batches = batchesIn(context.quick ? MEASURED_MS.quick : MEASURED_MS.full);
          const quantiles = quantilesOf(batches);
          const contenders = Object.entries(backends).map(([title, backend]) => ({
            title,
            backend,
            all: new Latencies(),
            samples: [...quantiles, 'max'].map(() => [] as number[]),
            behind: 0,
          }));
          const drift = new Drift();
          const total = contenders.length * context.runs;
          const p99 = quantiles.findIndex(([name]) => name === 'p99');
          const p99s = () => contenders.map(({ samples }) => samples[p99]!);
          for (let round = 0; round < context.runs || context.goOn(p99s()); round++) {
            for (let i = 0; i < contenders.length; i++) {
              const contender = contenders[(i + round) % contenders.length]!;
              context.progress(
                Math.min(1, (round * contenders.length + i) / total),
                `${contender.title}: run ${round + 1}`,
              );
              globalThis.gc?.();
              drift.measure(contender.title);
              const warmUp = Math.ceil(WARM_UP_MS / intervalMs);
              const run = await openLoop(workload, contender.backend(), { rate, intervalMs, batches, warmUp });
              if (!run.sustained) contender.behind += 1;
              contender.all.addAll(run.last);
              quantiles.forEach(([, q], at) => void contender.samples[at]!.push(run.last.quantile(q)));
              contender.samples[quantiles.length]!.push(run.last.max);
            }
          }
          const rows = contenders.flatMap(({ title, all, samples, behind }) => {
            const late = behind === 0 ? {} : { note: `fell behind in ${behind} of ${samples[0]!.length} runs` };
            return [...quantiles.map(([name]) => name), 'max'].map(
              (name, at): Row => ({
                suite,
                contender: `${title}: ${name}`,
                metric: 'latency',
                unit: 'ms',
                better: 'lower',
                ...estimate(samples[at]!),
                samples: samples[at]!,
                ...late,
                ...drift.marks(title),
                ...(name === 'p50' ? { histogram: all.encode() } : {}),
              }),
            );
          });
          const slowest = p99s()[0]!.map((_, run) => Math.max(...p99s().map((samples) => samples[run]!)));
          return {
            rows: rows.map((row) => withNote(row, note)),
            ratios: { 'latency.p99/interval': estimate(slowest.map((ms) => ms / intervalMs)) },
          };
        },
      };
    },
  };
}
