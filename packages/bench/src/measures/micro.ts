import { Bench } from 'tinybench';
import { Drift } from '../stats/drift.ts';
import { estimate } from '../stats/stats.ts';
import type { Row, Suite } from '../suite.ts';
import { emptyCall, type Repeated, repeated, type Work } from './repeated.ts';

/** Small functions that are timed by themselves. */
export interface MicroOptions {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly group?: string;
  readonly collections?: readonly string[];
  /** By their names. What each returns is kept until the next call; let it depend on all that it does. Promises are awaited. */
  readonly tasks: Readonly<Record<string, Work>>;
  /** How many things a call does, for figures of one of them; 1 unless given. */
  readonly per?: number;
}

const RUN_MS = 200;
const WARM_UP_MS = 100;

/**
 * A suite of small functions, by tinybench: nanoseconds of each thing that they do. A run is the median of tinybench's samples of
 * 200 ms; runs of all functions alternate. A sample is of as many calls as take long against the clock's ticks, less what as many
 * calls of an empty function took in the same round: what is below that, a few nanoseconds, is 0.
 *
 * @throws RangeError where `per` is no number above 0
 * @throws Error where a function throws
 */
export function micro(options: MicroOptions): Suite {
  const { id, title, about, group = 'Parts', collections = ['full', 'micro'], tasks, per = 1 } = options;
  if (!(per > 0 && per < Number.POSITIVE_INFINITY))
    throw new RangeError(`${id}: per is how many things a call does, a number above 0, not ${per}`);
  return {
    id,
    title,
    group,
    about,
    collections,
    async run(context) {
      const found = new Map(Object.keys(tasks).map((name) => [name, [] as number[]]));
      const drift = new Drift();
      const works = new Map<string, Repeated>();
      for (const [name, work] of Object.entries(tasks)) works.set(name, await repeated(work));
      const areAsync = [...new Set([...works.values()].map(({ isAsync }) => isAsync))];
      const empty = new Map<boolean, Repeated>();
      for (const isAsync of areAsync) empty.set(isAsync, await repeated(emptyCall(isAsync)));
      // The first round is not counted: after the first collections V8 calls the empty function faster than the others.
      for (let round = 0; round <= context.runs || context.goOn(found.values()); round++) {
        const emptyNs = new Map<boolean, number>();
        for (const [isAsync, work] of empty) emptyNs.set(isAsync, await nanoseconds(id, 'an empty function', work));
        for (const [i, [name, work]] of [...works].entries()) {
          const doing = round === 0 ? 'warming up' : `run ${round}`;
          context.progress(Math.min(1, (round + i / found.size) / (context.runs + 1)), `${name}: ${doing}`);
          globalThis.gc?.();
          if (round > 0) drift.measure(name);
          const ns = (await nanoseconds(id, name, work)) - (emptyNs.get(work.isAsync) ?? 0);
          if (round > 0) found.get(name)?.push(Math.max(0, ns) / per);
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

/** Of a call, with the call itself. */
async function nanoseconds(id: string, name: string, { run, times }: Repeated): Promise<number> {
  const bench = new Bench({ time: RUN_MS, warmupTime: WARM_UP_MS, throws: true });
  bench.add(name, run);
  const [task] = await bench.run();
  const result = task?.result;
  if (result === undefined || !('latency' in result)) throw new Error(`${id}: ${name} gave no result`);
  // Of milliseconds.
  return (result.latency.p50 * 1e6) / times;
}
