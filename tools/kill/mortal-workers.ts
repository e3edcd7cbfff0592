import type { StreamingContext } from '../../packages/core/src/index.ts';

/** Shared with workers: one that sees a 1 in it takes it away and dies. */
export type Poison = Int32Array<SharedArrayBuffer>;

export const makePoison = (): Poison => new Int32Array(new SharedArrayBuffer(4));

/** In a worker's function: dies if that is asked for. */
export function dieIfAsked(poison: Poison | null): void {
  if (poison !== null && Atomics.compareExchange(poison, 0, 1, 0) === 1) process.exit(9);
}

/** On the driver: has workers die, one at a time. */
export class MortalWorkers {
  readonly #poison: Poison | null;
  /** Whether a batch has completed since a worker died: a task whose worker dies four times is given up. */
  #isSettled = false;

  /** @param poison null where the driver does all */
  constructor(poison: Poison | null) {
    this.#poison = poison;
  }

  /** Begins to look after the workers of a job. */
  watch(ssc: StreamingContext): void {
    ssc.addStreamingListener({
      onBatchCompleted: () => {
        this.#isSettled = this.#poison === null || Atomics.load(this.#poison, 0) === 0;
      },
    });
  }

  /** Has the next worker that works die. @returns whether one will */
  lose(): boolean {
    if (this.#poison === null || !this.#isSettled) return false;
    this.#isSettled = false;
    Atomics.store(this.#poison, 0, 1);
    return true;
  }
}
