import { type LookupKey, lookupKey } from '../data/key.ts';
import type { BucketOutput, TaskMetrics } from '../task/program.ts';
import type { HeavyKey } from './heavy-key.ts';
import type { JoinPlan } from './join-plan.ts';
import { HEAVY_PART } from './key-sample.ts';
import type { SplitPlan } from './split-plan.ts';

/** More heavy keys than these are not told of. */
const MOST_TOLD = 16;

/** How evenly a shuffle has spread its records, and the work on them. */
export interface ShuffleMetrics {
  /** Name of the operator that shuffles. */
  readonly operator: string;
  /** Which side of a join it moves; null elsewhere, and where the other side goes to all tasks. */
  readonly side: 'left' | 'right' | null;
  /** Records for each partition behind the shuffle. */
  readonly records: readonly number[];
  /** Records that map tasks have written, whatever became of them: of a join whose keys are split, `records` are its pairs. */
  readonly moved: number;
  /** About how many bytes all of them are when they are encoded, as a sample of each map task tells; of sides of joins only, else 0. */
  readonly encodedBytes: number;
  /** Pairs that map tasks have combined into others of their key, beside those that moved; 0 where nothing is combined. */
  readonly combined: number;
  /** Bytes for each; only where they had to be encoded, which is to say for other slots. */
  readonly bytes: readonly number[];
  /** Milliseconds of the tasks that have read each. */
  readonly taskMs: readonly number[];
  /** The largest partition over the mean one: 1 is even, the number of partitions means that one has everything. */
  readonly maxOverMeanRecords: number;
  /** The slowest partition over the mean one. */
  readonly maxOverMeanMs: number;
  /**
   * Keys with at least an eighth of a partition's even share of `moved` and `combined`, heaviest first, at most 16; as far as a sample of each
   * map task tells. Of keys that are combined under `'auto'` it is what they were before, where a map task has had enough pairs to look at.
   */
  readonly heavyKeys: readonly HeavyKey[];
  /**
   * What was done about keys that are split; null where none is. Records, bytes and time of the partitions are then those of the tasks that have
   * worked on their fragments. Of a join, records are those of its other keys, and the pairs that each partition makes of split ones.
   */
  readonly split: ShuffleSplit | null;
}

/** How keys were split. */
export interface ShuffleSplit {
  /** Each with the number of partitions that have worked on it. */
  readonly keys: readonly { readonly key: unknown; readonly partitions: number }[];
  /** Milliseconds that the driver took for the plan. */
  readonly planMs: number;
  /** Milliseconds of the tasks that have put the fragments of each partition's keys together, with what comes behind in these tasks; empty for a join. */
  readonly assemblyMs: readonly number[];
}

/** A task that has read what a shuffle has for a partition. */
export interface ShuffleReader {
  readonly reducer: number;
  readonly metrics: TaskMetrics;
}

/** What a map task tells of its output. */
interface MapOutput {
  readonly buckets: readonly BucketOutput[] | null;
  readonly heavy: readonly HeavyKey[];
  readonly metrics: Pick<TaskMetrics, 'recordsCombined' | 'bucketBytes'>;
}

/**
 * Figures of a shuffle, of what its map tasks have written and who has worked on it.
 * @param split how keys are split, and the tasks that have put them together; null where none is
 */
export function shuffleMetrics(
  {
    operator,
    reducers,
    side = null,
  }: { readonly operator: string; readonly reducers: number; readonly side?: ShuffleMetrics['side'] },
  outputs: readonly MapOutput[],
  readers: readonly ShuffleReader[],
  split: {
    readonly plan: SplitPlan;
    readonly planMs: number;
    readonly assemblers: readonly ShuffleReader[];
  } | null = null,
): ShuffleMetrics {
  const { records, bytes } = sizesOf(outputs, reducers, split?.plan ?? null);
  const taskMs = timesOf(readers, reducers);
  const moved = outputs.reduce((sum, output) => sum + writtenIn(output), 0);
  const combined = outputs.reduce((sum, { metrics }) => sum + metrics.recordsCombined, 0);
  return {
    ...{ operator, side, records, bytes, taskMs },
    moved,
    encodedBytes: outputs.reduce((sum, { metrics }) => sum + metrics.bucketBytes, 0),
    combined,
    maxOverMeanRecords: maxOverMean(records),
    maxOverMeanMs: maxOverMean(taskMs),
    heavyKeys: merge(outputs, (moved + combined) / reducers),
    split:
      split === null
        ? null
        : { keys: keysOf(split.plan), planMs: split.planMs, assemblyMs: timesOf(split.assemblers, reducers) },
  };
}

/** Figures of a shuffle for a join whose keys are split. */
export function joinMetrics(
  shuffle: ShuffleMetrics,
  { plan, planMs }: { readonly plan: JoinPlan; readonly planMs: number },
): ShuffleMetrics {
  const keys = plan.keys.map(({ key }, heavy) => ({
    key,
    partitions: plan.pieces.filter((pieces) => pieces.some((piece) => piece.heavy === heavy)).length,
  }));
  return {
    ...shuffle,
    records: plan.loads,
    maxOverMeanRecords: maxOverMean(plan.loads),
    split: { keys, planMs, assemblyMs: [] },
  };
}

/** Records and bytes for each partition: of its buckets, and of slices that it has by a plan. */
function sizesOf(outputs: readonly MapOutput[], reducers: number, plan: SplitPlan | null) {
  const [records, bytes] = [0, 1].map(() => new Array<number>(reducers).fill(0)) as [number[], number[]];
  const add = (partition: number, bucket: BucketOutput) => {
    if (bucket === null) return;
    records[partition]! += bucket.count;
    if (bucket.kind === 'bytes') bytes[partition]! += bucket.bytes.length;
  };
  for (const { buckets } of outputs) for (let r = 0; r < reducers; r++) add(r, buckets?.[r] ?? null);
  for (const [partition, slices] of (plan?.slices ?? []).entries())
    for (const { map, bucket } of slices) add(partition, outputs[map]!.buckets?.[bucket] ?? null);
  return { records, bytes };
}

function writtenIn({ buckets }: MapOutput): number {
  return (buckets ?? []).reduce((sum, bucket) => sum + (bucket?.count ?? 0), 0);
}

function timesOf(readers: readonly ShuffleReader[], reducers: number): number[] {
  const ms = new Array<number>(reducers).fill(0);
  for (const { reducer, metrics } of readers) ms[reducer]! += metrics.elapsedMs;
  return ms;
}

function keysOf({ keys, slices }: SplitPlan): ShuffleSplit['keys'] {
  return keys.map(({ key }, heavy) => ({
    key,
    partitions: slices.filter((list) => list.some((slice) => slice.heavy === heavy)).length,
  }));
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
