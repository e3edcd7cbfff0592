import { BUCKETS_PER_PARTITION, type BucketTable } from '../data/bucket-table.ts';

/** What each partition has of the loads of buckets. */
export function partitionLoads(loads: readonly number[], table: BucketTable): number[] {
  const sums = new Array<number>(table.length / BUCKETS_PER_PARTITION).fill(0);
  for (const [bucket, partition] of table.entries()) sums[partition]! += loads[bucket] ?? 0;
  return sums;
}

/**
 * Moves as few buckets as it can from the heaviest partition to the lightest, one after the other, as long as the heaviest becomes lighter
 * by it. A bucket that weighs as much as the mean partition stays where it is: wherever it lies, that is the heaviest partition, and
 * it is the others that may leave.
 *
 * @param loads of the buckets
 * @param evenAt over the mean; no more is moved when the heaviest partition has no more than this
 * @returns the table itself where nothing is to be gained
 */
export function rebalanced(loads: readonly number[], table: BucketTable, evenAt: number): BucketTable {
  const sums = partitionLoads(loads, table);
  const mean = sums.reduce((sum, load) => sum + load, 0) / sums.length;
  const moved = [...table];
  let changed = false;
  for (;;) {
    const heaviest = indexOfBest(sums, (a, b) => a > b);
    const lightest = indexOfBest(sums, (a, b) => a < b);
    if (sums[heaviest]! <= evenAt * mean) break;
    const bucket = bestBucket(loads, moved, heaviest, mean, sums[heaviest]! - sums[lightest]!);
    if (bucket === null) break;
    moved[bucket] = lightest;
    sums[heaviest]! -= loads[bucket]!;
    sums[lightest]! += loads[bucket]!;
    changed = true;
  }
  return changed ? moved : table;
}

/** The bucket of a partition that brings it and another one, which has less by `gap`, closest together; null if none does. */
function bestBucket(
  loads: readonly number[],
  table: BucketTable,
  from: number,
  mean: number,
  gap: number,
): number | null {
  let best: number | null = null;
  for (const [bucket, partition] of table.entries()) {
    const load = loads[bucket] ?? 0;
    if (partition !== from || load <= 0 || load >= mean || load >= gap) continue;
    if (best === null || Math.abs(gap / 2 - load) < Math.abs(gap / 2 - loads[best]!)) best = bucket;
  }
  return best;
}

/** The first of the best ones. */
function indexOfBest(figures: readonly number[], isBetter: (a: number, b: number) => boolean): number {
  let best = 0;
  for (const [i, figure] of figures.entries()) if (isBetter(figure, figures[best]!)) best = i;
  return best;
}
