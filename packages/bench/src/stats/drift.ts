import { median, quantile, seededRandom } from './stats.ts';

/** Words that the reference loop counts: some ms of work. */
const WORDS = 40_000;
const VOCABULARY = 2_000;
/** So much slower or faster is another machine. */
const LIMIT = 1.1;
/** Quartiles of a contender's own times that are so far apart are those of a machine that changed while it was measured. */
export const SPREAD = 1.25;

/** Whether two times of the same loop are those of two machines, or of one that has changed. */
function areFarApart(a: number, b: number): boolean {
  return a / b > LIMIT || b / a > LIMIT;
}

/**
 * Watches the machine: a small loop that is always the same runs before each run of a contender. Where it took clearly longer
 * or shorter before one contender than before the others, the machine had changed, and what was measured is marked; also where
 * it took far longer before some runs of a contender than before others of the same: then the value is of two machines, whichever
 * others were there too. A single run of five that was disturbed is no such change.
 */
export class Drift {
  readonly #times = new Map<string, number[]>();
  readonly #words: readonly string[];
  readonly #now: () => number;

  /** @param now a steady time in ms */
  constructor(now: () => number = () => performance.now()) {
    const random = seededRandom(7);
    this.#words = Array.from({ length: WORDS }, () => `word${Math.floor(random() * VOCABULARY)}`);
    this.#now = now;
    // What V8 has not compiled yet is no drift.
    for (let i = 0; i < 5; i++) this.#loop();
  }

  /** Runs the loop before a run of a contender. */
  measure(contender: string): void {
    const from = this.#now();
    this.#loop();
    const took = this.#now() - from;
    const times = this.#times.get(contender) ?? [];
    this.#times.set(contender, times);
    times.push(took);
  }

  /** Whether the machine was another one while this contender ran than on the whole, or changed between its runs. */
  drifted(contender: string): boolean {
    const times = this.#times.get(contender);
    if (times === undefined) return false;
    if (quantile(times, 0.75) > SPREAD * quantile(times, 0.25)) return true;
    return areFarApart(median(times), median([...this.#times.values()].flat()));
  }

  /** Milliseconds that the loop took before runs of this contender, their median; NaN where there was none. */
  loopMs(contender: string): number {
    const times = this.#times.get(contender);
    return times === undefined ? Number.NaN : median(times);
  }

  /** What rows of a contender say of the machine. */
  marks(contender: string): { readonly loopMs?: number; readonly drifted?: boolean } {
    const loopMs = this.loopMs(contender);
    return { ...(Number.isNaN(loopMs) ? {} : { loopMs }), ...(this.drifted(contender) ? { drifted: true } : {}) };
  }

  #loop(): number {
    const counts = new Map<string, number>();
    for (const word of this.#words) counts.set(word, (counts.get(word) ?? 0) + 1);
    return counts.size;
  }
}
