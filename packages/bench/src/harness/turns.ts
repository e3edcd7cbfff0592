import { Drift } from '../stats/drift.ts';
import { type Estimate, estimate, pairRatios } from '../stats/stats.ts';
import type { Row, SuiteContext } from '../suite.ts';
import { whileWaiting } from './sign-of-life.ts';

/** A contender that runs from its begin to its end by itself, such as another program, and says how it did. */
export interface Runner {
  /** As reports show it; each has another one. */
  readonly title: string;
  /**
   * Runs once.
   *
   * @returns the figure that is measured, such as records a second
   * @throws OutputDiffers where what came of it is wrong
   */
  run(): number | Promise<number>;
}

/** What was measured of a runner. */
export interface RunnerTurns {
  /** Of each counted run; the i-th ones of all runners are of one round. */
  readonly values: readonly number[];
  /** Whether the machine was another one while it ran than on the whole. */
  readonly drifted: boolean;
  /** How long the loop that is always the same took before its runs, in ms: how fast the machine was. */
  readonly loopMs: number;
}

/** By the runners' titles, in their order. */
export type Turns = ReadonlyMap<string, RunnerTurns>;

/**
 * Runs contenders in turns that `race` cannot time, because they run by themselves: one uncounted round, then each round runs every one
 * once, beginning with another one. Rounds are added as they are in a race, and the same small loop watches the machine.
 *
 * @example
 * ```ts
 * import { type Suite, takeTurns, turnRatio, turnRows } from '@millrace/bench';
 *
 * const once = (words: number) => {
 *   const from = performance.now();
 *   ' word'.repeat(words).split(' ');
 *   return (words / (performance.now() - from)) * 1000;
 * };
 * const suite: Suite = {
 *   id: 'cuts',
 *   title: 'Cutting texts',
 *   group: 'Own',
 *   about: 'Words of a long text and of a short one.',
 *   async run(context) {
 *     const runners = [
 *       { title: 'long', run: () => once(1_000_000) },
 *       { title: 'short', run: () => once(1000) },
 *     ];
 *     const turns = await takeTurns(runners, context);
 *     const about = { suite: 'cuts', metric: 'throughput', unit: 'words/s', better: 'higher' } as const;
 *     return { rows: turnRows(turns, about), ratios: { 'cuts.long/short': turnRatio(turns, 'long', 'short') } };
 *   },
 * };
 * ```
 */
export async function takeTurns(runners: readonly Runner[], context: SuiteContext): Promise<Turns> {
  const steps = runners.length * (1 + context.runs);
  let step = 0;
  const tell = (title: string, doing: string) => context.progress(Math.min(1, step++ / steps), `${title}: ${doing}`);
  const run = async (runner: Runner) => {
    // What others left behind is collected now, not on this one's time.
    globalThis.gc?.({ type: 'major', execution: 'sync' });
    return whileWaiting(() => runner.run());
  };
  for (const runner of runners) {
    tell(runner.title, 'warming up');
    await run(runner);
  }
  const timed = runners.map((runner) => ({ id: runner.title, run: () => run(runner) }));
  return inTurns(timed, context, tell);
}

/** The counted rounds of what is warm. @param tell hears what is done, before it is */
export async function inTurns(
  warm: readonly { readonly id: string; run(): Promise<number> }[],
  context: Pick<SuiteContext, 'runs' | 'goOn'>,
  tell: (id: string, doing: string) => void,
): Promise<Turns> {
  const values = new Map<string, number[]>(warm.map(({ id }) => [id, []]));
  const drift = new Drift();
  for (let round = 1; round <= context.runs || context.goOn(values.values()); round++) {
    for (let i = 0; i < warm.length; i++) {
      const { id, run } = warm[(i + round) % warm.length]!;
      tell(id, `run ${round} of ${Math.max(round, context.runs)}`);
      drift.measure(id);
      values.get(id)!.push(await run());
    }
  }
  return new Map(
    [...values].map(([id, values]) => [id, { values, drifted: drift.drifted(id), loopMs: drift.loopMs(id) }]),
  );
}

/** A row for each runner. */
export function turnRows(turns: Turns, about: Pick<Row, 'suite' | 'metric' | 'unit' | 'better'>): Row[] {
  return [...turns].map(([title, { values, loopMs, drifted }]) => ({
    ...about,
    contender: title,
    ...estimate(values),
    samples: values,
    loopMs,
    ...(drifted ? { drifted } : {}),
  }));
}

/** How many times as high the figure of one runner is as that of another, estimated from the rounds' pairs. */
export function turnRatio(turns: Turns, over: string, under: string): Estimate {
  return estimate(pairRatios(turns.get(over)!.values, turns.get(under)!.values));
}
