import { type LookupKey, lookupKey } from '../data/key.ts';

/** A key with many records. */
export interface HeavyKey {
  readonly key: unknown;
  /** How many, as far as a sample tells. */
  readonly records: number;
}

/** The lookup keys of heavy keys by the reducer of their hash. */
export function heavyByHome(
  heavy: readonly HeavyKey[],
  homeOf: (key: unknown) => number,
): ReadonlyMap<number, ReadonlySet<LookupKey>> {
  const byHome = new Map<number, Set<LookupKey>>();
  for (const { key } of heavy) {
    const home = homeOf(key);
    byHome.set(home, (byHome.get(home) ?? new Set()).add(lookupKey(key)));
  }
  return byHome;
}
