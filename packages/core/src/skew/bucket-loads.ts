import type { BucketTable } from '../data/bucket-table.ts';
import { hashKey } from '../data/hash.ts';
import type { Columns } from '../task/columns.ts';
import { keysApart } from './key-sample.ts';

/** How a map output is looked at. */
export interface BucketSampling {
  /** Virtual buckets. */
  readonly buckets: number;
  /** One key of at least so many is looked at. */
  readonly leastStep: number;
}

/** One key of so many at most: looking costs little beside scattering. */
export const LEAST_STEP = 16;
/** At most so many keys of a map output are looked at. */
const MOST_SAMPLED = 512;

/**
 * The virtual buckets of some keys of a map output, one of each stretch of so many. Depends on it alone, so that a second attempt at a task says the same.
 *
 * @param columns one for each reducer
 */
export function sampleBuckets(columns: readonly Columns[], { buckets, leastStep }: BucketSampling): number[] {
  let total = 0;
  for (const { keys } of columns) total += keys.length;
  const step = Math.max(leastStep, Math.ceil(total / MOST_SAMPLED));
  const found: number[] = [];
  for (const key of keysApart(columns, step)) found.push(hashKey(key) % buckets);
  return found;
}

/**
 * Records of each virtual bucket, as far as samples tell: how many a partition has got is known, and only what of it is whose is guessed.
 *
 * @param records of each partition
 * @param sampled what map tasks have seen, in any order
 */
export function bucketLoads(records: readonly number[], sampled: readonly (readonly number[])[], table: BucketTable) {
  const seen = new Array<number>(table.length).fill(0);
  for (const sample of sampled) for (const bucket of sample) seen[bucket]! += 1;
  const seenIn = new Array<number>(records.length).fill(0);
  const bucketsOf = new Array<number>(records.length).fill(0);
  for (const [bucket, partition] of table.entries()) {
    seenIn[partition]! += seen[bucket]!;
    bucketsOf[partition]! += 1;
  }
  // Of a partition of which nothing was seen, each bucket has the same.
  return table.map((partition, bucket) =>
    seenIn[partition] === 0
      ? records[partition]! / bucketsOf[partition]!
      : (records[partition]! * seen[bucket]!) / seenIn[partition]!,
  );
}
