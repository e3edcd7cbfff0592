import { type LookupKey, lookupKey } from '../data/key.ts';
import { type AggregatorFunctions, checkAccumulator } from '../task/accumulators.ts';
import type { Columns } from '../task/columns.ts';
import { type HeavyKey, heavyByHome } from './heavy-key.ts';

/**
 * Puts the accumulators of heavy keys together that a map task has left as they are: each key is then there once, where it came first. Only
 * buckets with such a key are walked.
 *
 * @param buckets one for each reducer, of accumulators
 * @param heavy as `sampleHeavyKeys` has found them
 * @returns the buckets, and how many accumulators went into others
 */
export function foldHeavy(
  buckets: readonly Columns[],
  heavy: readonly HeavyKey[],
  homeOf: (key: unknown) => number,
  { add, merge, operator }: Omit<AggregatorFunctions, 'create'>,
): { readonly buckets: readonly Columns[]; readonly folded: number } {
  const wanted = heavyByHome(heavy, homeOf);
  let folded = 0;
  const left = buckets.map((bucket, home) => {
    const ids = wanted.get(home);
    if (ids === undefined) return bucket;
    const keys: unknown[] = [];
    const values: unknown[] = [];
    const places = new Map<LookupKey, number>();
    for (const [i, key] of bucket.keys.entries()) {
      const id = lookupKey(key);
      const place = ids.has(id) ? places.get(id) : undefined;
      if (place !== undefined) {
        const sum = (merge ?? add)(values[place], bucket.values[i]);
        checkAccumulator(sum, key, folded === 0, operator);
        values[place] = sum;
        folded += 1;
        continue;
      }
      if (ids.has(id)) places.set(id, keys.length);
      keys.push(key);
      values.push(bucket.values[i]);
    }
    return { keys, values };
  });
  return { buckets: left, folded };
}
