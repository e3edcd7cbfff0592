import { type LookupKey, lookupKey } from '../data/key.ts';
import type { Columns } from '../task/columns.ts';
import type { HeavyKey } from './heavy-key.ts';
import { SpaceSaving } from './space-saving.ts';

/** At most so many keys of a map output are looked at ... */
const MOST_SAMPLED = 2048;
/** ... and no more than one of so many, so that looking costs little beside scattering, ... */
const LEAST_STEP = 128;
/** ... but so many of an output that has enough records for a heavy key to matter. */
const LEAST_SAMPLED = 64;
const LEAST_RECORDS = 256;
/** A key is heavy with this part of a reducer's even share. */
export const HEAVY_PART = 1 / 8;
/** With so many times that it is worth splitting: its values are moved once more for it. */
export const SPLIT_TIMES = 2;
/** Fewer sightings are chance. */
const LEAST_SEEN = 4;
/** How often a key that is just heavy is met in the first look. */
const MET_WHEN_HEAVY = 8;
/** A key that is met so often may be heavy; one that is heavy is met less often in one of a hundred samples. */
const MET_AGAIN = 3;
/** More keys than twice the heavy ones that there can be: see `SpaceSaving`. */
const CAPACITY_FOR_EACH = 16;

/**
 * The heavy keys of a map output, found in a sample: one key of each stretch of so many. Depends on the buckets alone, so that a second attempt at a
 * task finds the same ones. Keys that the map task has combined occur once each: none of them is heavy.
 *
 * @param buckets one for each reducer
 * @param leastStep one key of at least so many is looked at; 1 looks at all of a small output
 * @returns heaviest first, with what they have at least, in records of this output as far as the sample tells
 * @throws MR_KEY_IDENTITY
 */
export function sampleHeavyKeys(buckets: readonly Columns[], leastStep: number = LEAST_STEP): HeavyKey[] {
  let total = 0;
  for (const { keys, unique } of buckets) if (unique !== true) total += keys.length;
  const step = sampleStep(total, leastStep);
  if (step === null) return [];
  if (!isWorthALook(buckets, total, step)) return [];
  const sketch = new SpaceSaving(CAPACITY_FOR_EACH * buckets.length);
  let sampled = 0;
  for (const key of keysApart(buckets, step)) {
    sketch.add(key, step);
    sampled += 1;
  }
  const least = Math.max(LEAST_SEEN, (sampled * HEAVY_PART) / buckets.length) * step;
  const heavy: HeavyKey[] = [];
  for (const { key, count, error } of sketch.heaviest()) {
    if (count < least) break;
    if (count - error >= least) heavy.push({ key, records: count - error });
  }
  return heavy;
}

/** One of so many of an output's records is looked at; null where it has too few for a heavy key to matter. */
export function sampleStep(total: number, leastStep: number = LEAST_STEP): number | null {
  if (total < Math.min(LEAST_RECORDS, leastStep * LEAST_SEEN)) return null;
  const few = Math.max(1, Math.floor(total / LEAST_SAMPLED));
  return Math.max(Math.min(leastStep, few), Math.ceil(total / MOST_SAMPLED));
}

/** Those of them that are worth splitting. */
export function worthSplitting(heavy: readonly HeavyKey[], buckets: readonly Columns[]): readonly HeavyKey[] {
  const total = buckets.reduce((sum, { keys }) => sum + keys.length, 0);
  return heavy.filter(({ records }) => records * buckets.length >= SPLIT_TIMES * HEAVY_PART * total);
}

/**
 * Whether any key shows up again in a part of the sample: few enough keys that looking at them costs next to nothing where none is heavy, and
 * as many as that a heavy key is met eight times.
 */
function isWorthALook(buckets: readonly Columns[], total: number, step: number): boolean {
  const stride = Math.max(step, Math.floor(total / ((MET_WHEN_HEAVY * buckets.length) / HEAVY_PART)));
  const counts = new Map<LookupKey, number>();
  for (const key of keysApart(buckets, stride)) {
    const id = lookupKey(key);
    const count = (counts.get(id) ?? 0) + 1;
    if (count === MET_AGAIN) return true;
    counts.set(id, count);
  }
  return false;
}

/** The key of each record that `recordsApart` gives. */
export function* keysApart(buckets: readonly Columns[], step: number): Generator<unknown> {
  for (const { bucket, at } of recordsApart(buckets, step)) yield bucket.keys[at];
}

/**
 * One record of each stretch of so many, at a place in it that looks random and is not: keys that come again at even distances are not met more
 * often than others, and a second attempt meets the same ones.
 */
export function* recordsApart(
  buckets: readonly Columns[],
  step: number,
): Generator<{ readonly bucket: Columns; readonly home: number; readonly at: number }> {
  let stretch = 0;
  let at = placeIn(stretch, step);
  let before = 0;
  for (const [home, bucket] of buckets.entries()) {
    const { length } = bucket.values;
    for (; at < before + length; at = stretch * step + placeIn(stretch, step)) {
      yield { bucket, home, at: at - before };
      stretch += 1;
    }
    before += length;
  }
}

/** Where in a stretch of so many the one is that is looked at: everywhere, in the long run. */
export function placeIn(stretch: number, step: number): number {
  return (Math.imul(stretch + 1, 0x9e3779b1) >>> 7) % step;
}
