import type { Clock } from '@millrace/core';

/**
 * A clock that stands still until it is told to step: batch times come as fast as batches complete, and nothing waits for
 * the wall. What the engine measures with (`elapsed`) is the machine's steady clock, so that slicing works as it does in
 * production.
 */
export class StepClock implements Clock {
  #now: number;
  #waiting: { readonly time: number; readonly callback: () => void }[] = [];

  /** @param nowMs what it shows at first */
  constructor(nowMs = 0) {
    this.#now = nowMs;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return performance.now();
  }

  at(time: number, callback: () => void): () => void {
    const entry = { time, callback };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((e) => e !== entry);
    };
  }

  breathe(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Moves on by some milliseconds and calls back whoever is due. */
  step(ms: number): void {
    this.#now += ms;
    const due = this.#waiting.filter((e) => e.time <= this.#now);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((e) => e.time > this.#now);
    for (const { callback } of due) callback();
  }
}
