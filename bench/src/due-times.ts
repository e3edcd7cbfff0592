/**
 * How late things are that are due every so many ms, by a plan that is fixed at the begin. Were the next one due a period after the
 * last was done, a stall of 100 ms would count as one that was late, where ten were.
 */
export class DueTimes {
  /** In ms, of each that was due so far. */
  readonly late: number[] = [];
  readonly #periodMs: number;
  #next: number;

  /** @param nowMs when it begins; the first is due a period later */
  constructor(periodMs: number, nowMs: number) {
    this.#periodMs = periodMs;
    this.#next = nowMs + periodMs;
  }

  /** All that are due by now are done now. @returns ms until the next one is due */
  done(nowMs: number): number {
    for (; this.#next <= nowMs; this.#next += this.#periodMs) this.late.push(nowMs - this.#next);
    return this.#next - nowMs;
  }
}
