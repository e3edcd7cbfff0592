import type { ProbeTable } from './probe.ts';
import type { Sliced } from './slices.ts';

/** What tells a table from all others: a graph is run once, and never again under its name. */
export interface TableName {
  readonly graph: string;
  readonly name: string;
}

/** Tables that tasks of a graph share: each is made once in a slot, by the first task that asks, and forgotten with the next graph that makes one. */
export class ProbeTables {
  readonly #tables = new Map<string, ProbeTable>();
  #graph = '';

  /** @param make called where there is none */
  *get({ graph, name }: TableName, make: () => Sliced<ProbeTable>): Sliced<ProbeTable> {
    if (graph !== this.#graph) this.#tables.clear();
    this.#graph = graph;
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const table = yield* make();
    // A task of another graph may have had its turn meanwhile.
    if (graph === this.#graph) this.#tables.set(name, table);
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
