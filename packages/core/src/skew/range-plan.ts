import { compareValues } from '../data/compare.ts';
import type { Columns } from '../task/columns.ts';
import { HEAVY_PART } from './key-sample.ts';

/** A key with fewer records stays in one range. */
const LEAST_SPREAD = 16;

/** One of the keys that were looked at. */
export type SampledKey = readonly [key: unknown, records: number, mapPartition: number];

/** How records are laid over ranges of keys. Plain data. */
export interface RangePlan {
  /** Ascending. Range i has the keys behind bound i-1 up to bound i; a key that is several bounds is spread. */
  readonly bounds: readonly unknown[];
  readonly spreads: readonly Spread[];
}

/** A heavy key that lies in several ranges, one behind the other. */
export interface Spread {
  readonly key: unknown;
  /** The first of them, in ascending order of keys. */
  readonly first: number;
  /** Which part of its records each of them has; they sum up to 1. */
  readonly parts: readonly number[];
  /** For each map partition which part of the records is in those before it; one entry more, which is 1. */
  readonly before: readonly number[];
}

/** All of a key that was sampled. */
interface Weighed {
  readonly key: unknown;
  weight: number;
  /** By map partition. */
  readonly from: number[];
}

/**
 * Cuts the order of keys into ranges of about equal weight. A key that is heavy, which is to say that it has an eighth of a range's even
 * share or more, and lies across a cut is divided there: the records of a key have no order among them but that in which they came, so the ranges
 * that it lies in have to take it in that order, which `spreadKeys` sees to. Spark's RangePartitioner leaves such a key in one range.
 *
 * @param sample keys of all map partitions, each with the number of records that it stands for
 */
export function planRanges(sample: readonly SampledKey[], ranges: number): RangePlan {
  const keys = weighed(sample);
  const total = keys.reduce((sum, { weight }) => sum + weight, 0);
  const share = total / ranges;
  const maps = sample.reduce((most, [, , map]) => Math.max(most, map + 1), 0);
  const bounds: unknown[] = [];
  const spreads: Spread[] = [];
  let end = 0;
  for (const each of keys) {
    const start = end;
    end += each.weight;
    const cuts = Math.min(ranges - 1, Math.floor(end / share)) - bounds.length;
    if (cuts <= 0) continue;
    if (each.weight < Math.max(LEAST_SPREAD, share * HEAVY_PART)) {
      bounds.push(each.key);
      continue;
    }
    const first = bounds.length;
    const parts: number[] = [];
    for (let at = start, range = first; range <= first + cuts; range++) {
      const to = range === first + cuts ? end : Math.max(at, (range + 1) * share);
      parts.push((to - at) / each.weight);
      at = to;
    }
    for (let i = 0; i < cuts; i++) bounds.push(each.key);
    spreads.push({ key: each.key, first, parts, before: partsBefore(each, maps) });
  }
  return { bounds, spreads };
}

/** Equal keys together, in ascending order. */
function weighed(sample: readonly SampledKey[]): Weighed[] {
  const found: Weighed[] = [];
  for (const [key, records, map] of [...sample].sort((a, b) => compareValues(a[0], b[0]))) {
    let last = found.at(-1);
    if (last === undefined || compareValues(last.key, key) !== 0) {
      last = { key, weight: 0, from: [] };
      found.push(last);
    }
    last.weight += records;
    last.from[map] = (last.from[map] ?? 0) + records;
  }
  return found;
}

function partsBefore({ weight, from }: Weighed, maps: number): number[] {
  const before = [0];
  for (let map = 0, sum = 0; map < maps; map++) {
    sum += from[map] ?? 0;
    before.push(map === maps - 1 ? 1 : sum / weight);
  }
  return before;
}

/**
 * Divides the spread keys of a map output, which `rangePartitioner` has put into one bucket each, over the ranges that they lie in: later
 * records, and those of later map partitions, into partitions of the same or of a higher number.
 *
 * @param buckets by partition
 * @param ascending false where partitions are numbered from the largest keys down
 */
export function spreadKeys(
  buckets: readonly Columns[],
  { bounds, spreads }: RangePlan,
  mapPartition: number,
  ascending: boolean,
): readonly Columns[] {
  if (spreads.length === 0) return buckets;
  const out = [...buckets];
  for (const { key, first, parts, before } of spreads) {
    const numbered = (range: number) => (ascending ? range : bounds.length - range);
    const home = numbered(first);
    const { rest, own } = without(out[home]!, key);
    if (own.keys.length === 0) continue;
    out[home] = rest;
    const [from, to] = [before[mapPartition] ?? 1, before[mapPartition + 1] ?? 1];
    const least = ascending ? home : numbered(first + parts.length - 1);
    const widths = ascending ? parts : [...parts].reverse();
    let at = 0;
    let end = 0;
    widths.forEach((width, i) => {
      end = i === widths.length - 1 ? 1 : end + width;
      const records = own.keys.length;
      // The i-th of n records lies in the middle of the i-th part.
      const until = i === widths.length - 1 ? records : countBelow(end, from, to, records);
      if (until > at) out[least + i] = joined(out[least + i]!, own, at, until);
      at = Math.max(at, until);
    });
  }
  return out;
}

/** How many of `records`, evenly laid between `from` and `to`, lie below `end`. */
function countBelow(end: number, from: number, to: number, records: number): number {
  if (to <= from) return end > from ? records : 0;
  return Math.min(records, Math.max(0, Math.round((records * (end - from)) / (to - from))));
}

function without({ keys, values }: Columns, key: unknown): { readonly rest: Columns; readonly own: Columns } {
  const [restKeys, restValues, ownKeys, ownValues]: unknown[][] = [[], [], [], []];
  for (let i = 0; i < keys.length; i++) {
    const isOwn = compareValues(keys[i], key) === 0;
    (isOwn ? ownKeys : restKeys)!.push(keys[i]);
    (isOwn ? ownValues : restValues)!.push(values[i]);
  }
  return { rest: { keys: restKeys!, values: restValues! }, own: { keys: ownKeys!, values: ownValues! } };
}

function joined(to: Columns, { keys, values }: Columns, from: number, until: number): Columns {
  return { keys: [...to.keys, ...keys.slice(from, until)], values: [...to.values, ...values.slice(from, until)] };
}
