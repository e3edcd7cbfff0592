/** Faster than every run before by so much, over all quiet runs, is faster. */
const FASTER = 0.95;
/**
 * A program is warm when so many runs in a row were not. So many, because one that gets faster by a little each time is only seen
 * over several runs: by 1 % each time over 5, by 1.7 % over 3.
 */
const QUIET_RUNS = 5;
/** Runs that take long have hundreds of calls in them: fewer say enough. */
const LONG_RUN_SECONDS = 0.1;
const LONG_QUIET_RUNS = 3;
/** Most uncounted rounds: a machine that is that noisy never looks steady. */
const MOST_ROUNDS = 20;
/** No more rounds are begun after so many seconds of them, with all that stands between the runs: inputs, lead-ins, collections. */
const MOST_SECONDS = { quick: 4, full: 40 } as const;

/** How a contender was warmed up. */
export interface WarmedUp {
  /** Uncounted runs. */
  readonly runs: number;
  /**
   * False where it was still getting faster when the time for that had passed. Where that were too few runs to tell, they count as far
   * as they go: two runs of which the second is 4 % faster are not steady.
   */
  readonly steady: boolean;
}

/**
 * Finds out when programs are warm, from their uncounted runs: each is when the best of its last runs was not faster than the best of
 * all before them. The test is one-sided, so that a run that was disturbed does not look like a program that changes.
 *
 * It sees a program that gets faster by steps, or steadily by more than 1 % from run to run (1.7 % where a run takes 0.1 s). It does not
 * see one that gets faster more slowly than that, one that rests for as many runs and gets faster after them (as with a compilation that comes late), or
 * one that gets slower, and steady states that a program leaves again are not looked for (Barrett and others, Virtual Machine Warmup Blows Hot
 * and Cold, OOPSLA 2017).
 */
export class WarmUp {
  readonly #runs = new Map<string, number[]>();
  readonly #mostSeconds: number;
  #spent = 0;

  constructor(quick: boolean) {
    this.#mostSeconds = quick ? MOST_SECONDS.quick : MOST_SECONDS.full;
  }

  /** Notes an uncounted run of a contender. @param spent seconds that it took with all that is not timed */
  add(contender: string, seconds: number, spent = seconds): void {
    const runs = this.#runs.get(contender) ?? [];
    this.#runs.set(contender, runs);
    // The first run of each is the one whose output is compared: it is not on this clock.
    if (runs.length > 0) this.#spent += spent;
    runs.push(seconds);
  }

  /** Whether one more round of all contenders is worth it: one of them may not be warm, and there is time. */
  goOn(): boolean {
    const all = [...this.#runs.values()];
    const rounds = Math.max(0, ...all.map(({ length }) => length)) - 1;
    return (
      rounds < MOST_ROUNDS && this.#spent < this.#mostSeconds && all.some((runs) => !isSteady(runs, quietRuns(runs)))
    );
  }

  of(contender: string): WarmedUp {
    const runs = this.#runs.get(contender) ?? [];
    return { runs: runs.length, steady: isSteady(runs, Math.min(quietRuns(runs), Math.max(1, runs.length - 1))) };
  }
}

/** How many of the last runs have to have been quiet. */
function quietRuns(runs: readonly number[]): number {
  return Math.min(...runs) >= LONG_RUN_SECONDS ? LONG_QUIET_RUNS : QUIET_RUNS;
}

/** Whether the last runs were not faster than all before them. @param runs seconds of each, in their order @param last how many */
function isSteady(runs: readonly number[], last: number): boolean {
  if (runs.length <= last) return false;
  const before = Math.min(...runs.slice(0, -last));
  return Math.min(...runs.slice(-last)) >= FASTER ** (last / quietRuns(runs)) * before;
}
