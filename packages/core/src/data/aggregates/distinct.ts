import { type Aggregate, defineAggregate } from '../aggregate.ts';
import { type LookupKey, lookupKey, ownedKey } from '../key.ts';

/** Accumulator of `distinct`: each value by its lookup key, and how often it came. */
export type Occurrences<T> = Map<LookupKey, { readonly value: T; readonly count: number }>;

/**
 * The values without repetitions, compared by value, in order of first arrival. The accumulator holds every distinct
 * value; for many of them see `approximateDistinct`. It counts occurrences, so it can be subtracted; a value that stays
 * in a window then keeps the place of its first arrival, though that has left.
 * @throws MR_KEY_IDENTITY for values that cannot be keys, such as undefined
 */
export function distinct<T>(): Aggregate<T, Occurrences<T>, T[]> {
  return defineAggregate<T, Occurrences<T>, T[]>({
    name: 'distinct',
    create: () => new Map(),
    add: (acc, value) => note(acc, lookupKey(value), value, 1),
    merge(a, b) {
      for (const [key, entry] of b) note(a, key, entry.value, entry.count);
      return a;
    },
    subtract(a, b) {
      const left: Occurrences<T> = new Map();
      for (const [key, entry] of a) {
        const count = entry.count - (b.get(key)?.count ?? 0);
        if (count > 0) left.set(key, { value: entry.value, count });
      }
      return left;
    },
    finish: (acc) => Array.from(acc.values(), (entry) => entry.value),
  });
}

function note<T>(acc: Occurrences<T>, key: LookupKey, value: T, count: number): Occurrences<T> {
  const known = acc.get(key);
  // New entries rather than changed ones: a merged-in accumulator keeps its own.
  if (known !== undefined) acc.set(key, { value: known.value, count: known.count + count });
  else acc.set(ownedKey(key), { value: ownedKey(value), count });
  return acc;
}
