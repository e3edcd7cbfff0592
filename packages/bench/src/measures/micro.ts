import { Bench } from 'tinybench';
import { Drift } from '../stats/drift.ts';
import { estimate } from '../stats/stats.ts';
import type { Row, Suite } from '../suite.ts';

/** Small functions that are timed by themselves. */
export interface MicroOptions {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly group?: string;
  readonly collections?: readonly string[];
  /** By their names. What each returns is not looked at; let it depend on all that it does. */
  readonly tasks: Readonly<Record<string, () => unknown>>;
  /** How many things a call does, for figures of one of them; 1 unless given. */
  readonly per?: number;
}

const RUN_MS = 200;
const WARM_UP_MS = 100;

/**
 * A suite of small functions, by tinybench: nanoseconds of each thing that they do. A run is the median of tinybench's samples of
 * 200 ms; runs of all functions alternate.
 *
 * @throws Error where a function throws
 */
export function micro(options: MicroOptions): Suite {
  const { id, title, about, group = 'Parts', collections = ['full', 'micro'], tasks, per = 1 } = options;
  return {
    id,
    title,
    group,
    about,
    collections,
    async run(context) {
      const found = new Map(Object.keys(tasks).map((name) => [name, [] as number[]]));
      const drift = new Drift();
      for (let round = 0; round < context.runs || context.goOn(found.values()); round++) {
        for (const [i, [name, work]] of Object.entries(tasks).entries()) {
          context.progress(Math.min(1, (round + i / found.size) / context.runs), `${name}: run ${round + 1}`);
          globalThis.gc?.();
          drift.measure(name);
          const bench = new Bench({ time: RUN_MS, warmupTime: WARM_UP_MS, throws: true });
          bench.add(name, work);
          const [task] = await bench.run();
          const result = task?.result;
          if (result === undefined || !('latency' in result)) throw new Error(`${id}: ${name} gave no result`);
          // Milliseconds of a call.
          found.get(name)?.push((result.latency.p50 * 1e6) / per);
        }
      }
      const rows = [...found].map(
        ([name, samples]): Row => ({
          suite: id,
          contender: name,
          metric: 'time',
          unit: 'ns',
          better: 'lower',
          ...estimate(samples),
          samples,
          ...drift.marks(name),
        }),
      );
      return { rows, ratios: {} };
    },
  };
}
