import { type LookupKey, lookupKey } from '../data/key.ts';
import { type AggregatorFunctions, checkAccumulator, noAccumulators } from './accumulators.ts';
import type { Columns } from './columns.ts';
import { mergeBuckets, putterOf } from './shuffle-read.ts';
import type { Sliced } from './slices.ts';

/*
 * How the records of keys that are split come together again. A fragment task puts the keys of its partition together, as a reducer would,
 * and has some slices of split keys besides. The reducer of a split key then puts its fragments where the key would have been.
 */

/** What a fragment task is to know of the plan. Plain data. */
export interface FragmentPart {
  /** Indices of the map outputs that the first buckets of its input are from. */
  readonly maps: readonly number[];
  /** For each of them where split keys were: behind how many records, and which key of the plan. In the order of places. */
  readonly holes: readonly (readonly (readonly [at: number, heavy: number])[])[];
  /** Keys of the plan that belong to this partition. */
  readonly own: readonly (readonly [heavy: number, key: unknown])[];
  /** For each bucket behind those of `maps`: which key its values have, where that belongs, and where the slice is from. */
  readonly slices: readonly (readonly [heavy: number, home: number, map: number, bucket: number])[];
}

/**
 * Values of a split key. Fragments are put together in the order of map outputs, and of buckets in them. `at` is set where there are no
 * values: before so many others of its partition, counted in keys, comes the key.
 */
type Fragment = readonly [at: number, map: number, bucket: number, values: readonly unknown[]];

/** In the place of a bucket's number: what was left in the reducer's own bucket. */
const LEFT = -1;
const NO_PLACE = -1;

/** What a fragment task makes. */
export interface Fragments {
  /** Keys that are not split, put together. */
  readonly rest: Columns;
  /** Fragments by the partition that their key belongs to: keys of the plan as keys. */
  readonly byHome: ReadonlyMap<number, Columns>;
}

/** @param buckets those of the map outputs, then the slices, as `part` says @param partition of the task */
export function* groupFragments(
  buckets: readonly Columns[],
  part: FragmentPart,
  partition: number,
  merge: 'values' | 'group',
  functions: AggregatorFunctions | null,
): Sliced<Fragments> {
  const out = new FragmentLists();
  const own = buckets.slice(0, part.maps.length);
  const rest =
    part.own.length === 0
      ? yield* mergeBuckets(own, merge, functions)
      : yield* mergeAround(own, part, merge, functions, (heavy, fragment) => out.add(partition, heavy, fragment));
  for (const [i, [heavy, home, map, bucket]] of part.slices.entries())
    out.add(home, heavy, [NO_PLACE, map, bucket, buckets[part.maps.length + i]!.values]);
  return { rest, byHome: out.byHome };
}

class FragmentLists {
  readonly byHome = new Map<number, { keys: unknown[]; values: unknown[] }>();

  add(home: number, heavy: number, fragment: Fragment): void {
    let list = this.byHome.get(home);
    if (list === undefined) {
      list = { keys: [], values: [] };
      this.byHome.set(home, list);
    }
    list.keys.push(heavy);
    list.values.push(fragment);
  }
}

/** Puts together what is not split, and tells of split keys that belong here: where they come, and what map tasks have left of them. */
function* mergeAround(
  buckets: readonly Columns[],
  { maps, holes, own }: FragmentPart,
  merge: 'values' | 'group',
  functions: AggregatorFunctions | null,
  tell: (heavy: number, fragment: Fragment) => void,
): Sliced<Columns> {
  const into = noAccumulators();
  const put = putterOf(merge, functions);
  const met = new Set<number>();
  const meet = (heavy: number) => {
    if (met.has(heavy)) return;
    met.add(heavy);
    tell(heavy, [into.keys.length, 0, LEFT, []]);
  };
  for (const [m, { keys, values }] of buckets.entries()) {
    const gone = holes[m]!;
    // A map task that has taken a key out of its bucket has left nothing of it there.
    const left = new Map<LookupKey, number>();
    for (const [heavy, key] of own) if (!gone.some(([, other]) => other === heavy)) left.set(lookupKey(key), heavy);
    const kept = new Map<number, unknown[]>();
    let from = 0;
    let hole = 0;
    for (let i = 0; i <= keys.length; i++) {
      const heavy = i < keys.length && left.size > 0 ? left.get(lookupKey(keys[i])) : undefined;
      if (gone[hole]?.[0] !== i && heavy === undefined) continue;
      put(into, keys, values, from, i);
      from = i;
      for (; gone[hole]?.[0] === i; hole++) meet(gone[hole]![1]);
      if (heavy === undefined) continue;
      meet(heavy);
      kept
        .set(heavy, kept.get(heavy) ?? [])
        .get(heavy)!
        .push(values[i]);
      from = i + 1;
    }
    put(into, keys, values, from, keys.length);
    for (const [heavy, own] of kept) tell(heavy, [NO_PLACE, maps[m]!, LEFT, own]);
    yield undefined;
  }
  return { keys: into.keys, values: into.values, unique: true };
}

/**
 * A reducer's keys, with those that were split put together and in their place: what it would have made of all records.
 *
 * @param rest what the fragment task of its partition has made of the keys that are not split
 * @param fragments of all fragment tasks, for this partition
 * @param keys of the plan
 */
export function* assembleFragments(
  rest: Columns,
  fragments: readonly Columns[],
  keys: readonly unknown[],
  merge: 'values' | 'group',
  functions: AggregatorFunctions | null,
): Sliced<Columns> {
  const places: (readonly [at: number, heavy: number])[] = [];
  const parts = new Map<number, Fragment[]>();
  for (const { keys: heavies, values } of fragments) {
    for (const [i, fragment] of (values as readonly Fragment[]).entries()) {
      const heavy = heavies[i] as number;
      if (fragment[0] !== NO_PLACE) places.push([fragment[0], heavy]);
      else
        parts
          .set(heavy, parts.get(heavy) ?? [])
          .get(heavy)!
          .push(fragment);
    }
  }
  if (places.length === 0) return rest;
  const out: { keys: unknown[]; values: unknown[] } = { keys: [], values: [] };
  let from = 0;
  for (const [at, heavy] of places) {
    for (; from < at; from++) {
      out.keys.push(rest.keys[from]);
      out.values.push(rest.values[from]);
    }
    const own = parts.get(heavy) ?? [];
    own.sort((a, b) => a[1] - b[1] || a[2] - b[2]);
    const lists = own.map(([, , , values]) => values);
    out.keys.push(keys[heavy]);
    out.values.push(merge === 'group' ? joined(lists) : folded(keys[heavy], lists, functions));
    yield undefined;
  }
  for (; from < rest.keys.length; from++) {
    out.keys.push(rest.keys[from]);
    out.values.push(rest.values[from]);
  }
  return { ...out, unique: true };
}

/** A loop, since a spread of a hundred thousand values is more than a call can take. */
function joined(lists: readonly (readonly unknown[])[]): unknown[] {
  const all = new Array<unknown>(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) for (let i = 0; i < list.length; i++) all[at++] = list[i];
  return all;
}

function folded(key: unknown, lists: readonly (readonly unknown[])[], functions: AggregatorFunctions | null): unknown {
  if (functions === null) throw new TypeError('merging needs the functions of an aggregate');
  const { create, add, operator } = functions;
  let accumulator: unknown;
  let isFirst = true;
  let filled = create !== null;
  if (create !== null) accumulator = create();
  for (const list of lists) {
    for (const value of list) {
      if (filled) {
        accumulator = add(accumulator, value);
        if (isFirst || accumulator === undefined) checkAccumulator(accumulator, key, isFirst, operator);
        isFirst = false;
      } else accumulator = value;
      filled = true;
    }
  }
  return accumulator;
}
