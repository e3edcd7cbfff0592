import { Race } from './race.ts';
import type { Assignment } from './task-attempt.ts';

/** What waits for a slot: tasks that have to run there, together, or one that could run anywhere. */
export interface Message {
  readonly items: readonly Assignment[];
  /** Of the only task, if that could run anywhere. */
  readonly race: Race | null;
}

/** What waits for each slot in a wave whose tasks may be copied. */
export class WaveQueues {
  readonly #queues: readonly Message[][];
  readonly #slotOf: (item: Assignment) => number;
  readonly #mayCopy: (item: Assignment) => boolean;

  constructor(slots: number, slotOf: (item: Assignment) => number, mayCopy: (item: Assignment) => boolean) {
    this.#queues = Array.from({ length: slots }, () => []);
    this.#slotOf = slotOf;
    this.#mayCopy = mayCopy;
  }

  /** Has tasks wait: those that may be copied one by one, the others as one message for each slot. */
  add(items: readonly Assignment[]): void {
    const bound = new Map<number, Assignment[]>();
    for (const item of items) {
      if (this.#mayCopy(item)) {
        this.addRace(new Race(item));
        continue;
      }
      const slot = this.#slotOf(item);
      const list = bound.get(slot);
      if (list === undefined) bound.set(slot, [item]);
      else list.push(item);
    }
    // What can only run here goes first: the rest may move.
    for (const [slot, list] of bound) this.#queues[slot].unshift({ items: list, race: null });
  }

  /** Has a task that may be copied wait for the slot where it belongs. */
  addRace(race: Race): void {
    this.#queues[this.#slotOf(race.item)].push({ items: [race.item], race });
  }

  /** Takes what has waited longest for a slot; null if nothing does. */
  take(slot: number): Message | null {
    return this.#queues[slot].shift() ?? null;
  }

  /** Takes what waits for a slot and could run in another one as well; null if nothing does. */
  takeMovable(slot: number): Message | null {
    const queue = this.#queues[slot];
    const at = queue.findIndex(({ race }) => race !== null);
    return at < 0 ? null : queue.splice(at, 1)[0];
  }
}
