import type { Clock } from '@millrace/core';
import type { Puller } from './puller.ts';

/** How long an iterator may hold the thread before timers and sockets get their turn, in ms. */
const SLICE_MS = 8;
/** Records between two looks at the clock. */
const LOOK_EVERY = 64;

/**
 * Pulls from an iterator, as much as there is room for, letting the event loop live between slices of 8 ms: an endless
 * or a slow generator blocks nothing.
 *
 * @example
 * ```ts
 * intake.open(new SyncPuller([1, 2, 3][Symbol.iterator](), ssc.clock));
 * ```
 */
export class SyncPuller<T> implements Puller<T> {
  readonly #iterator: Iterator<T>;
  readonly #clock: Clock;

  constructor(iterator: Iterator<T>, clock: Clock) {
    this.#iterator = iterator;
    this.#clock = clock;
  }

  pull(push: (record: T) => void, room: number): boolean | Promise<boolean> {
    const from = this.#clock.elapsed();
    for (let i = 1; i <= room; i++) {
      const step = this.#iterator.next();
      if (step.done) return false;
      push(step.value);
      if (i % LOOK_EVERY === 0 && this.#clock.elapsed() - from > SLICE_MS)
        return this.#clock.breathe().then(() => true);
    }
    return true;
  }

  close(): void {
    this.#iterator.return?.();
  }
}
