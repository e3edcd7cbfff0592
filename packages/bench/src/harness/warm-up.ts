/** Faster than every run before by so much is faster. */
const FASTER = 0.95;
/** A program is warm when so many runs in a row were not. */
const QUIET_RUNS = 2;
/** Runs that take so long have hundreds of calls in them: one of them says enough. */
const LONG_RUN_SECONDS = 0.1;
/** Most uncounted rounds: a machine that is that noisy never looks steady. */
const MOST_ROUNDS = 20;
/** No more rounds are begun after so many seconds of them. */
const MOST_SECONDS = { quick: 3, full: 30 } as const;

/** How a contender was warmed up. */
export interface WarmedUp {
  /** Uncounted runs. */
  readonly runs: number;
  /** False where it was still getting faster when the time for that had passed. */
  readonly steady: boolean;
}

/**
 * Finds out when programs are warm, from their uncounted runs: each is when its last runs were not faster than all before them.
 * The test is one-sided, so that a run that was disturbed does not look like a program that changes; steady states that
 * a program leaves again are not looked for (Barrett and others, Virtual Machine Warmup Blows Hot and Cold, OOPSLA 2017).
 */
export class WarmUp {
  readonly #runs = new Map<string, number[]>();
  readonly #mostSeconds: number;

  constructor(quick: boolean) {
    this.#mostSeconds = quick ? MOST_SECONDS.quick : MOST_SECONDS.full;
  }

  /** Notes an uncounted run of a contender. */
  add(contender: string, seconds: number): void {
    const runs = this.#runs.get(contender) ?? [];
    this.#runs.set(contender, runs);
    runs.push(seconds);
  }

  /** Whether one more round of all contenders is worth it: one of them may not be warm, and there is time. */
  goOn(): boolean {
    const all = [...this.#runs.values()];
    const rounds = Math.max(0, ...all.map(({ length }) => length)) - 1;
    // The first run of each is the one whose output is compared: it is not on this clock.
    const spent = all.reduce((sum, runs) => sum + runs.slice(1).reduce((a, b) => a + b, 0), 0);
    return rounds < MOST_ROUNDS && spent < this.#mostSeconds && all.some((runs) => !isSteady(runs));
  }

  of(contender: string): WarmedUp {
    const runs = this.#runs.get(contender) ?? [];
    return { runs: runs.length, steady: isSteady(runs) };
  }
}

/** Whether the last runs were not faster than all before them. @param runs seconds of each, in their order */
function isSteady(runs: readonly number[]): boolean {
  const quiet = Math.min(...runs) >= LONG_RUN_SECONDS ? 1 : QUIET_RUNS;
  if (runs.length <= quiet) return false;
  const before = Math.min(...runs.slice(0, -quiet));
  return Math.min(...runs.slice(-quiet)) >= FASTER * before;
}
