import { hashAhead } from '../data/hash-ahead.ts';
import { lookupKey } from '../data/key.ts';
import { type Accumulators, type AggregatorFunctions, checkAccumulator, noAccumulators } from './accumulators.ts';
import type { Columns } from './columns.ts';
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
  const into = noAccumulators();
  const put = putterOf(merge, functions);
  for (const { keys, values } of filled) {
    for (let from = 0; from < keys.length; from += SLICE) {
      const to = Math.min(keys.length, from + SLICE);
      hashAhead(into.keys.length, keys, from, to);
      put(into, keys, values, from, to);
      if (to < keys.length) yield undefined;
    }
    yield undefined;
  }
  return { keys: into.keys, values: into.values, unique: true };
}

type Put = (into: Accumulators, keys: readonly unknown[], values: readonly unknown[], from: number, to: number) => void;

/** Puts some pairs to the values of their keys. */
export function putterOf(merge: 'values' | 'accumulators' | 'group', functions: AggregatorFunctions | null): Put {
  if (merge === 'group') {
    return (into, keys, values, from, to) => {
      const { places } = into;
      for (let i = from; i < to; i++) {
        const id = lookupKey(keys[i]);
        const at = places.get(id);
        if (at === undefined) begin(into, id, keys[i], [values[i]]);
        else (into.values[at] as unknown[]).push(values[i]);
      }
    };
  }
  if (functions === null) throw new TypeError('merging needs the functions of an aggregate');
  const { create, add, operator } = functions;
  // An accumulator that came by a shuffle or out of a cache has other owners: the first merge goes into a fresh one.
  const addTo = merge === 'values' ? add : (functions.merge ?? add);
  return (into, keys, values, from, to) => {
    const { places, values: sums } = into;
    let isFirst = true;
    for (let i = from; i < to; i++) {
      const id = lookupKey(keys[i]);
      const at = places.get(id);
      if (at === undefined && create === null) {
        begin(into, id, keys[i], values[i]);
        continue;
      }
      const sum = addTo(at === undefined ? create?.() : sums[at], values[i]);
      if (isFirst || sum === undefined) checkAccumulator(sum, keys[i], isFirst, operator);
      isFirst = false;
      if (at === undefined) begin(into, id, keys[i], sum);
      else sums[at] = sum;
    }
  };
}

function begin({ places, keys, values }: Accumulators, id: unknown, key: unknown, value: unknown): void {
  places.set(id, keys.length);
  keys.push(key);
  values.push(value);
}
