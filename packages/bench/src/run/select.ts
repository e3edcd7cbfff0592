import type { Bench } from '../define-bench.ts';
import type { RatioDefinition, Suite } from '../suite.ts';

/** The collection that runs where none is asked for. */
export const DEFAULT_COLLECTION = 'quick';

/** Which suites are asked for. */
export interface Selection {
  /** Name of a collection, such as `full`; `all` has every suite. */
  readonly collection?: string | undefined;
  /** Ids of suites or ratios, or beginnings of them, within the collection if one is named; empty: the whole collection. */
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
 * The suites that are asked for, in their order: those of the collection, and of them those that `only` names.
 * @throws Error when an id or a collection means none, or an id none of the collection
 */
export function select(bench: Bench, { collection, only = [] }: Selection): readonly Suite[] {
  const known = collectionsOf(bench);
  if (collection !== undefined && !known.has(collection)) {
    const names = [...known.keys()].join(', ');
    throw new Error(`suite ${collection}: there is no such collection of suites, but ${names}`);
  }
  if (only.length > 0) {
    const within = (suite: Suite) => collection === undefined || belongs(suite, collection);
    const wanted = new Set<string>();
    for (const id of only) {
      const found = named(bench, id).filter(within);
      if (found.length === 0)
        throw new Error(
          `--only ${id}: the collection ${collection} has no such suite; without suite ${collection} it is run`,
        );
      for (const suite of found) wanted.add(suite.id);
    }
    return bench.suites.filter(({ id }) => wanted.has(id));
  }
  // A bench of which nothing is quick runs as a whole.
  const name = collection ?? (known.has(DEFAULT_COLLECTION) ? DEFAULT_COLLECTION : 'all');
  return bench.suites.filter((suite) => belongs(suite, name));
}

/** The ratios that `only` names. */
export function namedRatios({ suites, ratios }: Bench, only: readonly string[]): readonly RatioDefinition[] {
  return ratios.filter(({ id }) =>
    only.some((each) => id === each || (id.startsWith(each) && !suites.some((suite) => suite.id.startsWith(each)))),
  );
}

function belongs(suite: Suite, collection: string): boolean {
  return collection === 'all' || collections(suite).includes(collection);
}

/** The suites that an id of `--only` stands for. */
function named(bench: Bench, id: string): readonly Suite[] {
  const exact = bench.suites.filter((suite) => suite.id === id);
  const found = exact.length > 0 ? exact : bench.suites.filter((suite) => suite.id.startsWith(id));
  const byRatio = namedRatios(bench, [id]).map(({ suite }) => suite);
  if (found.length + byRatio.length === 0)
    throw new Error(`--only ${id}: no suite or ratio begins with it; --list shows them`);
  return [...found, ...bench.suites.filter((suite) => byRatio.includes(suite.id))];
}
