import type { Puller } from './puller.ts';

/** Leaves out the first records of a source: an earlier run had them. */
export class SkippingPuller<T> implements Puller<T> {
  readonly #inner: Puller<T>;
  #left: number;

  constructor(inner: Puller<T>, count: number) {
    this.#inner = inner;
    this.#left = count;
  }

  pull(push: (record: T) => void, room: number): boolean | Promise<boolean> {
    return this.#inner.pull((record) => {
      if (this.#left > 0) this.#left -= 1;
      else push(record);
    }, room);
  }

  close(): void | Promise<void> {
    return this.#inner.close();
  }
}
