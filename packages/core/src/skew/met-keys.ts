import { type LookupKey, lookupKey } from '../data/key.ts';
import type { Columns } from '../task/columns.ts';
import { recordsApart, sampleStep } from './key-sample.ts';
import type { SplitKey } from './split-plan.ts';

/** Keys of a map output, as a sample has met them. Plain data. */
export interface MetKeys {
  /** One record of so many was looked at. */
  readonly step: number;
  /** With the reducer of its hash, and how often it was met. */
  readonly keys: readonly (readonly [key: unknown, home: number, times: number])[];
}

/** One key of at least so many is looked at: twice as many as for keys that are heavy by themselves, since what is met on both sides counts. */
const LEAST_STEP = 64;
/** With so much of a partition's even share of all pairs a key is split: what a sample tells of pairs may be too much by half. */
const MANY_PAIRS = 1 / 2;
/** A key that was met less often on a side may have been met by chance. */
const LEAST_MET = 3;

/**
 * A sample of the keys of a map output, for whoever knows what the other side of a join has of them: a key may have many pairs that is heavy on
 * neither. Null where there are too few records for one to matter.
 *
 * @param buckets one for each reducer
 */
export function meetKeys(buckets: readonly Columns[]): MetKeys | null {
  const step = sampleStep(
    buckets.reduce((sum, { keys }) => sum + keys.length, 0),
    LEAST_STEP,
  );
  if (step === null) return null;
  const met = new Map<LookupKey, [key: unknown, home: number, times: number]>();
  for (const { bucket, home, at } of recordsApart(buckets, step)) {
    const key = bucket.keys[at];
    const id = lookupKey(key);
    const known = met.get(id);
    if (known === undefined) met.set(id, [key, home, 1]);
    else known[2] += 1;
  }
  return { step, keys: [...met.values()] };
}

/** What the map outputs of one side of a join have of a key, and those of the other one: records as far as the samples tell. */
interface Tally extends SplitKey {
  times: number;
  records: number;
  timesAgain: number;
  others: number;
}

/**
 * Keys that have so many pairs in a join that it is worth splitting them, by what has been met of them on both sides: at least half of a
 * partition's even share of all records and pairs. In the order in which the side with fewer of them has met them.
 *
 * @param sides samples of the map outputs, in their order
 * @param records of both sides
 * @param partitions of the join
 */
export function keysOfManyPairs(
  [left, right]: readonly [readonly MetKeys[], readonly MetKeys[]],
  records: number,
  partitions: number,
): SplitKey[] {
  const isLeftSmaller = sampledOf(left) <= sampledOf(right);
  const tallied = tally(isLeftSmaller ? left : right);
  meetAgain(tallied, isLeftSmaller ? right : left);
  let all = records;
  for (const each of tallied.values()) all += each.records * each.others;
  const least = (MANY_PAIRS * all) / partitions;
  return [...tallied.values()]
    .filter((each) => Math.min(each.times, each.timesAgain) >= LEAST_MET && each.records * each.others >= least)
    .map(({ key, home }) => ({ key, home }));
}

function sampledOf(samples: readonly MetKeys[]): number {
  return samples.reduce((sum, { keys }) => sum + keys.length, 0);
}

function tally(samples: readonly MetKeys[]): Map<LookupKey, Tally> {
  const found = new Map<LookupKey, Tally>();
  for (const { step, keys } of samples) {
    for (const [key, home, times] of keys) {
      const id = lookupKey(key);
      const known = found.get(id);
      if (known === undefined) found.set(id, { key, home, times, records: times * step, timesAgain: 0, others: 0 });
      else {
        known.times += times;
        known.records += times * step;
      }
    }
  }
  return found;
}

/** Adds what the other side has of these keys: of its own nothing is kept. */
function meetAgain(tallied: ReadonlyMap<LookupKey, Tally>, samples: readonly MetKeys[]): void {
  for (const { step, keys } of samples) {
    for (const [key, , times] of keys) {
      const known = tallied.get(lookupKey(key));
      if (known === undefined) continue;
      known.timesAgain += times;
      known.others += times * step;
    }
  }
}
