import { type LookupKey, lookupKey } from '../data/key.ts';
import type { BucketOutput, TaskMetrics } from '../task/program.ts';
import type { HeavyKey } from './heavy-key.ts';
import { HEAVY_PART } from './key-sample.ts';

/** More heavy keys than these are not told of. */
const MOST_TOLD = 16;

/** How evenly a shuffle has spread its records, and the work on them. */
export interface ShuffleMetrics {
  /** Name of the operator that shuffles. */
  readonly operator: string;
  /** Records for each partition behind the shuffle. */
  readonly records: readonly number[];
  /** Bytes for each; only where they had to be encoded, which is to say for other slots. */
  readonly bytes: readonly number[];
  /** Milliseconds of the tasks that have read each. */
  readonly taskMs: readonly number[];
  /** The largest partition over the mean one: 1 is even, the number of partitions means that one has everything. */
  readonly maxOverMeanRecords: number;
  /** The slowest partition over the mean one. */
  readonly maxOverMeanMs: number;
  /**
   * Keys with at least an eighth of a partition's even share, heaviest first, at most 16; as far as a sample of each map task tells,
   * which looks at one key of 128 or fewer. Keys that were combined before the shuffle are not heavy behind it.
   */
  readonly heavyKeys: readonly HeavyKey[];
}

/** What a map task tells of its output. */
interface MapOutput {
  readonly buckets: readonly BucketOutput[] | null;
  readonly heavy: readonly HeavyKey[];
}

/** Figures of a shuffle, of what its map tasks have written and who has read it. */
export function shuffleMetrics(
  operator: string,
  reducers: number,
  outputs: readonly MapOutput[],
  readers: readonly { readonly reducer: number; readonly metrics: TaskMetrics }[],
): ShuffleMetrics {
  const [records, bytes, taskMs] = [0, 1, 2].map(() => new Array<number>(reducers).fill(0));
  for (const { buckets } of outputs) {
    for (const [r, bucket] of (buckets ?? []).entries()) {
      if (bucket === null) continue;
      records[r] += bucket.count;
      if (bucket.kind === 'bytes') bytes[r] += bucket.bytes.length;
    }
  }
  for (const { reducer, metrics } of readers) taskMs[reducer] += metrics.elapsedMs;
  return {
    ...{ operator, records, bytes, taskMs },
    maxOverMeanRecords: maxOverMean(records),
    maxOverMeanMs: maxOverMean(taskMs),
    heavyKeys: merge(outputs, records.reduce((sum, n) => sum + n, 0) / reducers),
  };
}

/** The largest of some figures over their mean; 1 where all are 0. */
export function maxOverMean(figures: readonly number[]): number {
  const sum = figures.reduce((total, figure) => total + figure, 0);
  return sum === 0 ? 1 : (Math.max(...figures) * figures.length) / sum;
}

/** What map tasks have found, in their order. @param share even share of a partition */
function merge(outputs: readonly MapOutput[], share: number): HeavyKey[] {
  const found = new Map<LookupKey, HeavyKey>();
  for (const { heavy } of outputs) {
    for (const { key, records } of heavy) {
      const id = lookupKey(key);
      found.set(id, { key, records: records + (found.get(id)?.records ?? 0) });
    }
  }
  return [...found.values()]
    .filter(({ records }) => records >= share * HEAVY_PART)
    .sort((a, b) => b.records - a.records)
    .slice(0, MOST_TOLD);
}
