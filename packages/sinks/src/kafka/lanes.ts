import type { ReceiptId } from '../transactional/index.ts';
import { Lane } from './lane.ts';
import { laneName } from './names.ts';

/** Each has a producer, which has connections: more than so many are not kept open in a worker while nobody writes. */
const MOST = 64;

/** The lanes of a worker: those that were used last keep their producers. */
export class Lanes {
  readonly #topic: string;
  readonly #most: number;
  /** The one that was used last comes last. */
  readonly #lanes = new Map<string, Lane>();

  constructor(topic: string, most = MOST) {
    this.#topic = topic;
    this.#most = most;
  }

  /** The lane of a partition of an output. Closes others, if there are too many. */
  of(id: Omit<ReceiptId, 'time'>): Lane {
    const name = laneName(id);
    const lane = this.#lanes.get(name) ?? new Lane(id, this.#topic);
    this.#lanes.delete(name);
    this.#lanes.set(name, lane);
    this.#shrink(lane);
    return lane;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.drop()));
    this.#lanes.clear();
  }

  #shrink(newest: Lane): void {
    for (const [name, lane] of this.#lanes) {
      if (this.#lanes.size <= this.#most) return;
      if (lane === newest || !lane.idle) continue;
      this.#lanes.delete(name);
      void lane.drop();
    }
  }
}
