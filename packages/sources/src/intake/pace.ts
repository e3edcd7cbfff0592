import type { Clock } from '@millrace/core';
import { RateLimiter, type RateLimits } from '@millrace/core/connector';

/**
 * How fast an intake may pull, by a clock: no record is pulled before the rate allows it.
 *
 * @example
 * ```ts
 * const pace = new Pace({ maxRate: 10, initialRate: null }, clock);
 * pace.allowed; // 1
 * pace.took(1);
 * pace.allowed; // 0
 * await clock.advance(100);
 * pace.allowed; // 1
 * ```
 */
export class Pace {
  readonly #limiter: RateLimiter;
  readonly #clock: Clock;

  /** Begins to count time. */
  constructor(limits: RateLimits, clock: Clock) {
    this.#limiter = new RateLimiter(limits, clock.elapsed());
    this.#clock = clock;
  }

  /** Records per second that hold now; null without a limit. */
  get rate(): number | null {
    const { currentLimit } = this.#limiter;
    return Number.isFinite(currentLimit) ? currentLimit : null;
  }

  /** Records that may be pulled now; Infinity without a limit. */
  get allowed(): number {
    return this.#limiter.allowed(this.#clock.elapsed());
  }

  /** So many were pulled. */
  took(records: number): void {
    this.#limiter.take(records, this.#clock.elapsed());
  }

  /** Sets the rate; zero and less are ignored. */
  update(rate: number): void {
    this.#limiter.updateRate(rate, this.#clock.elapsed());
  }

  /** Calls back when more may be pulled. @returns how to cancel that */
  whenAllowed(callback: () => void): () => void {
    const wait = Math.ceil(this.#limiter.waitMs(this.#clock.elapsed()));
    return this.#clock.at(this.#clock.now() + Math.max(1, wait), callback);
  }
}
