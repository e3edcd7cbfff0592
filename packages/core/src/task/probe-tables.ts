import type { ProbeTable } from './probe.ts';
import type { Sliced } from './slices.ts';

/** Tables that tasks of a slot share: each is made once in a slot, by the first task that asks, and forgotten with the next batch that makes one. */
export class ProbeTables {
  readonly #tables = new Map<string, ProbeTable>();
  #time: number | null = null;

  /** @param name what tells it from all others of its batch */
  *get(name: string, time: number, make: () => Sliced<ProbeTable>): Sliced<ProbeTable> {
    if (time !== this.#time) this.#tables.clear();
    this.#time = time;
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const table = yield* make();
    // A task of another batch may have had its turn meanwhile.
    if (time === this.#time) this.#tables.set(name, table);
    return table;
  }

  /** Forgets all. */
  clear(): void {
    this.#tables.clear();
  }

  get size(): number {
    return this.#tables.size;
  }
}
