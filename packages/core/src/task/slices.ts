/**
 * How a task's code is written: a generator that yields between slices of work. `undefined` means "you may let others
 * run now", a promise means "wake me with its result". Who drives it decides: the calling thread yields to the event loop
 * when a slice was long, a worker thread only waits for promises.
 */
export type Sliced<T> = Generator<Promise<unknown> | undefined, T, unknown>;

/** Slices of a loop grow until one takes about a millisecond and shrink when one takes more than four. */
export class SliceSize {
  /** Records in the next slice. */
  records = 64;
  readonly #elapsed: () => number;
  #from = 0;

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  begin(): void {
    this.#from = this.#elapsed();
  }

  end(): void {
    const took = this.#elapsed() - this.#from;
    if (took < 1 && this.records < 16_384) this.records *= 2;
    else if (took > 4 && this.records > 1) this.records = Math.max(1, this.records >> 1);
  }
}
