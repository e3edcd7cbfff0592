import type { Puller } from './puller.ts';

/**
 * Pulls from an async iterator, one record after the other: what is not asked for stays where it comes from.
 *
 * @example
 * ```ts
 * intake.open(new AsyncPuller(rows()[Symbol.asyncIterator]()));
 * ```
 */
export class AsyncPuller<T> implements Puller<T> {
  readonly #iterator: AsyncIterator<T>;
  readonly #release: (() => void) | null;
  #waiting = false;

  /** @param release lets go of the source where that can be done at once; else the iterator is told to return */
  constructor(iterator: AsyncIterator<T>, release: (() => void) | null = null) {
    this.#iterator = iterator;
    this.#release = release;
  }

  async pull(push: (record: T) => void): Promise<boolean> {
    this.#waiting = true;
    try {
      const step = await this.#iterator.next();
      if (step.done) return false;
      push(step.value);
      return true;
    } finally {
      this.#waiting = false;
    }
  }

  async close(): Promise<void> {
    if (this.#release !== null) return this.#release();
    const returned = this.#iterator.return?.();
    if (!this.#waiting) await returned;
    // An async generator answers return() after the next() that it is in, and that may never come: do not wait for it.
    else returned?.catch(() => {});
  }
}
