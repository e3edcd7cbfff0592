import type { StoreChange } from './store.ts';

/** What is to be deleted when the batches up to a time are over. It goes with the next transaction that there is. */
export class Expiries {
  readonly #byTime = new Map<number, StoreChange[]>();
  #over = Number.NEGATIVE_INFINITY;

  add(until: number, change: StoreChange): void {
    let list = this.#byTime.get(until);
    if (list === undefined) {
      list = [];
      this.#byTime.set(until, list);
    }
    list.push(change);
  }

  /** All batches up to a time are over. */
  over(time: number): void {
    if (time > this.#over) this.#over = time;
  }

  /** What is due. */
  take(): StoreChange[] {
    const due: StoreChange[] = [];
    for (const [until, changes] of this.#byTime) {
      if (until > this.#over) continue;
      due.push(...changes);
      this.#byTime.delete(until);
    }
    return due;
  }
}
