import type { Bench } from '../define-bench.ts';
import type { Suite } from '../suite.ts';

/** The collection that runs where none is asked for. */
export const DEFAULT_COLLECTION = 'quick';

/** Which suites are asked for. */
export interface Selection {
  /** Name of a collection, such as `full`; `all` has every suite. */
  readonly collection?: string | undefined;
  /** Ids of suites or ratios, or beginnings of them; empty: the whole collection. */
  readonly only?: readonly string[];
}

/** The collections of a bench, with how many suites each has. */
export function collectionsOf({ suites }: Bench): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const suite of suites) for (const name of collections(suite)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts.set('all', suites.length);
}

/** The collections that a suite belongs to. */
export const collections = ({ collections = ['full'] }: Suite): readonly string[] => collections;

/**
 * The suites that are asked for, in their order: those that `only` names, else those of the collection.
 * @throws Error when an id or a collection means none
 */
export function select(bench: Bench, { collection, only = [] }: Selection): readonly Suite[] {
  const known = collectionsOf(bench);
  if (collection !== undefined && !known.has(collection)) {
    const names = [...known.keys()].join(', ');
    throw new Error(`suite ${collection}: there is no such collection of suites, but ${names}`);
  }
  if (only.length > 0) {
    const wanted = new Set(only.flatMap((id) => named(bench, id)));
    return bench.suites.filter(({ id }) => wanted.has(id));
  }
  // A bench of which nothing is quick runs as a whole.
  const name = collection ?? (known.has(DEFAULT_COLLECTION) ? DEFAULT_COLLECTION : 'all');
  return bench.suites.filter((suite) => name === 'all' || collections(suite).includes(name));
}

/** Ids of the suites that an id of `--only` stands for. */
function named({ suites, ratios }: Bench, id: string): string[] {
  const exact = suites.filter((suite) => suite.id === id);
  const found = exact.length > 0 ? exact : suites.filter((suite) => suite.id.startsWith(id));
  const byRatio = ratios.filter((r) => r.id === id || (found.length === 0 && r.id.startsWith(id)));
  if (found.length + byRatio.length === 0)
    throw new Error(`--only ${id}: no suite or ratio begins with it; --list shows them`);
  return [...found.map((suite) => suite.id), ...byRatio.map(({ suite }) => suite)];
}
