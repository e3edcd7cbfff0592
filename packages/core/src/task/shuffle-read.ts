import { hashAhead } from '../data/hash-ahead.ts';
import { lookupKey } from '../data/key.ts';
import type { Columns } from './columns.ts';
import { type AggregatorFunctions, columnsOf, type Entry } from './entries.ts';
import type { Sliced } from './slices.ts';

/** Entries handled between two offers to let others run. */
const SLICE = 8192;

/**
 * Puts the buckets of a reducer together, in the order of the map partitions, never of arrival: the order of values, of
 * float sums and of keys is then the same on every backend and after every retry.
 *
 * - `'group'`: `[key, values]`
 * - `'values'`: folds raw values with create and add
 * - `'accumulators'`: merges what map tasks combined
 */
export function* mergeBuckets(
  buckets: readonly Columns[],
  merge: 'values' | 'accumulators' | 'group',
  functions: AggregatorFunctions | null,
): Sliced<Columns> {
  const filled = buckets.filter((b) => b.keys.length > 0);
  if (merge === 'accumulators' && filled.length === 1 && filled[0].unique === true) return filled[0];
  const entries = new Map<unknown, Entry>();
  const put = putterOf(merge, functions);
  for (const { keys, values } of filled) {
    for (let from = 0; from < keys.length; from += SLICE) {
      const to = Math.min(keys.length, from + SLICE);
      hashAhead(entries.size, keys, from, to);
      put(entries, keys, values, from, to);
      if (to < keys.length) yield undefined;
    }
    yield undefined;
  }
  return columnsOf(entries);
}

type Put = (
  entries: Map<unknown, Entry>,
  keys: readonly unknown[],
  values: readonly unknown[],
  from: number,
  to: number,
) => void;

/** Puts some pairs to the entries of their keys. */
export function putterOf(merge: 'values' | 'accumulators' | 'group', functions: AggregatorFunctions | null): Put {
  if (merge === 'group') {
    return (entries, keys, values, from, to) => {
      for (let i = from; i < to; i++) {
        const id = lookupKey(keys[i]);
        const entry = entries.get(id);
        if (entry === undefined) entries.set(id, { key: keys[i], value: [values[i]] });
        else (entry.value as unknown[]).push(values[i]);
      }
    };
  }
  if (functions === null) throw new TypeError('merging needs the functions of an aggregate');
  const { create, add } = functions;
  if (merge === 'values') {
    return (entries, keys, values, from, to) => {
      for (let i = from; i < to; i++) {
        const id = lookupKey(keys[i]);
        const entry = entries.get(id);
        if (entry !== undefined) entry.value = add(entry.value, values[i]);
        else entries.set(id, { key: keys[i], value: create === null ? values[i] : add(create(), values[i]) });
      }
    };
  }
  const mergeTwo = functions.merge ?? add;
  return (entries, keys, values, from, to) => {
    for (let i = from; i < to; i++) {
      const id = lookupKey(keys[i]);
      const entry = entries.get(id);
      // An accumulator that came by a shuffle or out of a cache has other owners: the first merge goes into a fresh one.
      if (entry === undefined)
        entries.set(id, { key: keys[i], value: create === null ? values[i] : mergeTwo(create(), values[i]) });
      else entry.value = mergeTwo(entry.value, values[i]);
    }
  };
}
