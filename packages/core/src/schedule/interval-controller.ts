/** How a batch went. All in ms. */
export interface BatchTiming {
  /** The interval that it belongs to. */
  readonly intervalMs: number;
  readonly processingMs: number;
  readonly schedulingDelayMs: number;
}

/** A change of the batch interval, with its reason in words. */
export interface IntervalChange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}

/** An interval is held when processing takes no more than this part of it: the rest is for what varies. */
const TARGET = 0.8;
/** Batches in a row that say that an interval is too short: one alone may be a collection of garbage. */
const BATCHES_TO_RAISE = 2;
/** Batches in a row that say that a shorter one may do, and so many when they take less than half of what they may. */
const BATCHES_TO_LOWER = 8;
const BATCHES_TO_LOWER_MUCH = 3;
/** After an interval has failed it is left alone for so many batches, twice as many each time. */
const REST = 32;
const LONGEST_REST = 4096;

/**
 * Finds the smallest of some batch intervals that a job can hold. It raises the interval as soon as batches take too long,
 * to where what it knows says that they fit; it lowers it to where they fit when they have long been short, and leaves
 * alone for a while what has failed. Pure: it is told how batches went and says what to do.
 *
 * After Das, Zhong, Stoica, Shenker: Adaptive Stream Processing using Dynamic Batch Sizing (SoCC 2014): a job is stable
 * when processing takes less than the interval, and how long it takes is about a fixed cost and a cost for what came in.
 *
 * @example
 * ```ts
 * const controller = new IntervalController([100, 200, 500], 100);
 * controller.completed({ intervalMs: 100, processingMs: 150, schedulingDelayMs: 0 }); // null
 * controller.completed({ intervalMs: 100, processingMs: 150, schedulingDelayMs: 50 })?.toMs; // 200
 * ```
 */
export class IntervalController {
  readonly #candidates: readonly number[];
  #at: number;
  /** What processing took at an interval: an average that forgets. By candidate. */
  readonly #took: (number | null)[];
  #tooLong = 0;
  #short = 0;
  #tight = 0;
  #batches = 0;
  /** By candidate: not to be tried before so many batches, and for how long the next time. */
  readonly #rests: { until: number; length: number }[];

  /**
   * @param candidates intervals in ms, in ascending order
   * @param initial the one to begin with, a candidate
   */
  constructor(candidates: readonly number[], initial: number) {
    this.#candidates = candidates;
    this.#at = candidates.indexOf(initial);
    this.#took = candidates.map(() => null);
    this.#rests = candidates.map(() => ({ until: 0, length: REST }));
  }

  get intervalMs(): number {
    return this.#candidates[this.#at];
  }

  /** Goes on at an interval if it is a candidate; the interval that holds. */
  resume(intervalMs: number): number {
    const at = this.#candidates.indexOf(intervalMs);
    if (at >= 0) this.#at = at;
    return this.intervalMs;
  }

  /** A batch has completed; the change that follows from it, or null. */
  completed({ intervalMs, processingMs, schedulingDelayMs }: BatchTiming): IntervalChange | null {
    this.#batches += 1;
    const measured = this.#candidates.indexOf(intervalMs);
    // A batch at the border of a change is shorter than its interval and says nothing.
    if (measured >= 0) this.#took[measured] = blend(this.#took[measured], processingMs);
    // Batches of the interval before are still on their way.
    if (measured !== this.#at) return null;
    const isBehind = schedulingDelayMs > intervalMs;
    if (processingMs > intervalMs || (isBehind && processingMs > TARGET * intervalMs)) {
      this.#tooLong += 1;
      this.#short = 0;
      return this.#tooLong >= BATCHES_TO_RAISE ? this.#raise(processingMs, intervalMs) : null;
    }
    this.#tooLong = 0;
    // It is held, with too little to spare: the next collection of garbage may be one too many.
    this.#tight = (this.#took[this.#at] as number) > TARGET * intervalMs ? this.#tight + 1 : 0;
    if (this.#tight >= BATCHES_TO_LOWER) return this.#raise(this.#took[this.#at] as number, TARGET * intervalMs);
    // While a backlog is worked off, short batches are empty ones.
    this.#short = isBehind ? 0 : this.#short + 1;
    const isMuch = (this.#took[this.#at] as number) < 0.5 * TARGET * intervalMs;
    return this.#short >= (isMuch ? BATCHES_TO_LOWER_MUCH : BATCHES_TO_LOWER) ? this.#lower() : null;
  }

  /** @param allowedMs what it should have taken at most */
  #raise(processingMs: number, allowedMs: number): IntervalChange | null {
    const from = this.#at;
    if (from === this.#candidates.length - 1) return null;
    let to = from + 1;
    while (to < this.#candidates.length - 1 && this.#expected(to) > TARGET * this.#candidates[to]) to += 1;
    for (let i = from; i >= 0; i--) {
      const rest = this.#rests[i];
      rest.until = this.#batches + rest.length;
      rest.length = Math.min(LONGEST_REST, rest.length * 2);
    }
    return this.#move(
      to,
      `a batch takes ${Math.round(processingMs)} ms, more than the ${Math.round(allowedMs)} ms it may`,
    );
  }

  #lower(): IntervalChange | null {
    for (let to = 0; to < this.#at; to++) {
      if (this.#rests[to].until > this.#batches) continue;
      const expected = this.#expected(to);
      if (expected > TARGET * this.#candidates[to]) continue;
      // What it took before it rested is no reason any more: the load may have changed.
      this.#took[to] = null;
      const took = Math.round(this.#took[this.#at] as number);
      return this.#move(to, `batches take ${took} ms and are expected to take ${Math.round(expected)} ms then`);
    }
    return this.#tryNext();
  }

  /** The next one down, which nobody knows anything of, fits if nothing of the cost is fixed: a try shows. */
  #tryNext(): IntervalChange | null {
    const to = this.#at - 1;
    if (to < 0 || this.#rests[to].until > this.#batches || this.#took.some((t, i) => t !== null && i !== this.#at))
      return null;
    const took = this.#took[this.#at] as number;
    if ((took * this.#candidates[to]) / this.intervalMs > TARGET * this.#candidates[to]) return null;
    return this.#move(to, `batches take ${Math.round(took)} ms and may fit`);
  }

  /**
   * What processing would take at another interval: on the line through what was measured at this one and at the one
   * nearest to the other. When nothing else was measured: on the way up all of the cost counts as fixed, on the way down half of it.
   * A try shows what is true and gives the line its second point; one that is too short costs two batches, one that is too long
   * many seconds.
   */
  #expected(candidate: number): number {
    const x = this.#candidates[candidate];
    const x0 = this.#candidates[this.#at];
    const y0 = this.#took[this.#at] as number;
    let other = -1;
    this.#took.forEach((took, i) => {
      if (took === null || i === this.#at || i === candidate) return;
      if (other < 0 || Math.abs(this.#candidates[i] - x) < Math.abs(this.#candidates[other] - x)) other = i;
    });
    if (other < 0) return x > x0 ? y0 : y0 * (0.5 + (0.5 * x) / x0);
    const slope = (y0 - (this.#took[other] as number)) / (x0 - this.#candidates[other]);
    return Math.max(0, y0 + Math.max(0, slope) * (x - x0));
  }

  #move(to: number, reason: string): IntervalChange {
    const fromMs = this.intervalMs;
    this.#at = to;
    this.#tooLong = 0;
    this.#short = 0;
    this.#tight = 0;
    return { fromMs, toMs: this.intervalMs, reason };
  }
}

function blend(before: number | null, now: number): number {
  return before === null ? now : 0.7 * before + 0.3 * now;
}
