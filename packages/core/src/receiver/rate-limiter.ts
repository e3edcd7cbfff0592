/** How a rate limiter begins. Rates are records per second; null means no limit. */
export interface RateLimits {
  /** Never exceeded, whatever backpressure says. */
  readonly maxRate: number | null;
  /** The rate before backpressure has said anything; `maxRate` unless given (R160). */
  readonly initialRate: number | null;
}

/** How much unused allowance is kept, in seconds' worth: a sender that paused may catch up by so much. */
const BURST_SECONDS = 1;

/**
 * How many records per second a source may take in: min(what backpressure last said, `maxRate`) (R130). It counts in
 * advance: records come in portions, a portion is booked when it is here, and the next has to wait until its allowance is
 * earned. So the rate holds over time, and no portion has to be cut.
 *
 * Spark's RateLimiter, which makes the receiver's thread wait; here the sender is told to.
 *
 * @example
 * ```ts
 * const limiter = new RateLimiter({ maxRate: 100, initialRate: null }, 0);
 * limiter.take(150, 0);
 * limiter.waitMs(0); // 1500
 * limiter.waitMs(1500); // 0
 * ```
 */
export class RateLimiter {
  readonly #maxRate: number;
  #limit: number;
  /** Records that may be taken now; negative while earlier ones are being earned. */
  #allowance = 0;
  #countedAt: number;

  /** @param nowMs of a steady clock */
  constructor({ maxRate, initialRate }: RateLimits, nowMs: number) {
    this.#maxRate = maxRate ?? Number.POSITIVE_INFINITY;
    this.#limit = Math.min(initialRate ?? this.#maxRate, this.#maxRate);
    this.#countedAt = nowMs;
  }

  /** Records per second that hold now; Infinity without a limit. */
  get currentLimit(): number {
    return this.#limit;
  }

  /** Sets the rate, at most `maxRate`; zero and less are ignored (R130). */
  updateRate(rate: number, nowMs: number): void {
    if (!(rate > 0)) return;
    this.#earn(nowMs);
    const before = this.#limit;
    this.#limit = Math.min(rate, this.#maxRate);
    // What was saved or owed is time at the old rate, and the same time at the new one.
    if (Number.isFinite(before) && Number.isFinite(this.#limit)) this.#allowance *= this.#limit / before;
    else this.#allowance = 0;
  }

  /** Books records that were taken in. */
  take(records: number, nowMs: number): void {
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    this.#earn(nowMs);
    this.#allowance -= records;
  }

  /** Milliseconds until the next record may be taken in; 0 when it may be now. */
  waitMs(nowMs: number): number {
    if (this.#limit === Number.POSITIVE_INFINITY) return 0;
    this.#earn(nowMs);
    // A part of a record below zero is rounding, not debt.
    return this.#allowance >= -1e-6 ? 0 : (-this.#allowance / this.#limit) * 1000;
  }

  /** Whole records that may be taken in now, one at least where `waitMs` is 0; Infinity without a limit. */
  allowed(nowMs: number): number {
    if (this.waitMs(nowMs) > 0) return 0;
    return this.#limit === Number.POSITIVE_INFINITY ? this.#limit : Math.max(1, Math.floor(this.#allowance + 1e-6) + 1);
  }

  #earn(nowMs: number): void {
    const seconds = Math.max(0, nowMs - this.#countedAt) / 1000;
    this.#countedAt = nowMs;
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    this.#allowance = Math.min(this.#limit * BURST_SECONDS, this.#allowance + seconds * this.#limit);
  }
}
