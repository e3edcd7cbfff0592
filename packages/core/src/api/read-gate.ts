/**
 * Lets any number of reads run at once, and a change only between them. A change waits for the reads that are under way, and
 * reads that come meanwhile wait for it: neither can starve.
 */
export class ReadGate {
  readonly #reading = new Set<Promise<unknown>>();
  /** A change that waits for reads. */
  #change: Promise<void> | null = null;

  /** Runs a read. What it reads does not change until it is over. */
  async read<R>(work: () => Promise<R>): Promise<R> {
    while (this.#change !== null) await this.#change;
    const running = work();
    const settled = running.catch(() => {});
    this.#reading.add(settled);
    try {
      return await running;
    } finally {
      this.#reading.delete(settled);
    }
  }

  /** Makes a change when nobody reads: at once if that is so now. */
  async change(apply: () => void): Promise<void> {
    while (this.#change !== null) await this.#change;
    if (this.#reading.size === 0) {
      apply();
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#change = promise;
    try {
      await Promise.all(this.#reading);
      apply();
    } finally {
      this.#change = null;
      resolve();
    }
  }
}
