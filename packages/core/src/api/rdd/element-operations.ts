import { error } from '../../errors/index.ts';
import { aggregateByKeyRdd } from '../../lineage/aggregate-ops.ts';
import { cartesianRdd, cogroupRdd } from '../../lineage/join-ops.ts';
import type { RddNode } from '../../lineage/rdd-node.ts';
import {
  checkedPartitions,
  coalesceRdd,
  dealRdd,
  partitionByRangeRdd,
  partitionsRdd,
  stepRdd,
  unionRdd,
} from '../../lineage/rdd-ops.ts';
import type { Partitioning } from '../../plan/partitioning.ts';
import { type AsyncCall, type AsyncFunction, asyncFilter, asyncMap } from '../../task/async-map.ts';
import type { PartitionContext } from '../../task/partition-context.ts';
import { type AsyncRddOptions, asyncSettings } from '../async-options.ts';
import { checkAnyFunction, checkFunction } from '../check-function.ts';
import { RddBase } from './base.ts';
import type { RDD } from './rdd.ts';

/** Order and layout of a sort. */
export interface SortOptions {
  /** Smallest first unless false. */
  readonly ascending?: boolean;
  readonly numPartitions?: number;
}

/** Operations on any RDD. Lazy: they add lineage. */
export abstract class ElementOperations<out T> extends RddBase<T> {
  /** One record to one; arrays of two make pairs. */
  map<K, V>(f: (record: T) => [K, V]): RDD<[K, V]>;
  map<U>(f: (record: T) => U): RDD<U>;
  map<U>(f: (record: T) => U): RDD<U> {
    return this.step<U>('map', f);
  }

  /** One record to any number. */
  flatMap<K, V>(f: (record: T) => Iterable<[K, V]>): RDD<[K, V]>;
  flatMap<U>(f: (record: T) => Iterable<U>): RDD<U>;
  flatMap<U>(f: (record: T) => Iterable<U>): RDD<U> {
    return this.step<U>('flatMap', f);
  }

  /** Records for which the function says true. */
  filter<U extends T>(f: (record: T) => record is U): RDD<U>;
  filter(f: (record: T) => boolean): RDD<T>;
  filter(f: (record: T) => boolean): RDD<T> {
    return this.step<T>('filter', f);
  }

  /** One record to one, by a function that may be async; options and failures are those of the stream's `mapAsync`. */
  mapAsync<K, V, C = undefined>(
    f: (record: T, call: AsyncCall<C>) => [K, V] | Promise<[K, V]>,
    options?: AsyncRddOptions<C>,
  ): RDD<[K, V]>;
  mapAsync<U, C = undefined>(
    f: (record: T, call: AsyncCall<C>) => U | Promise<U>,
    options?: AsyncRddOptions<C>,
  ): RDD<U>;
  mapAsync<U, C>(f: (record: T, call: AsyncCall<C>) => U | Promise<U>, options: AsyncRddOptions<C> = {}): RDD<U> {
    checkAnyFunction('mapAsync', 'f', f);
    const { settings, using } = asyncSettings('mapAsync', options);
    const run = this.setting.scope.register(asyncMap(f as AsyncFunction, settings, using));
    return this.next<U>(partitionsRdd(this.setting.scope, this.node, run));
  }

  /** Records for which a function that may be async says true. */
  filterAsync<C = undefined>(
    f: (record: T, call: AsyncCall<C>) => boolean | Promise<boolean>,
    options: AsyncRddOptions<C> = {},
  ): RDD<T> {
    checkAnyFunction('filterAsync', 'f', f);
    const { settings, using } = asyncSettings('filterAsync', options);
    const run = this.setting.scope.register(asyncFilter(f as AsyncFunction, settings, using));
    return this.next<T>(partitionsRdd(this.setting.scope, this.node, run, { preservesPartitioning: true }));
  }

  /** A function over each partition. */
  mapPartitions<U>(
    f: (records: ArrayIterator<T>) => Iterable<U>,
    options: { readonly preservesPartitioning?: boolean } = {},
  ): RDD<U> {
    checkFunction('mapPartitions', 'f', f);
    const run = this.setting.scope.register((records: readonly T[]) => f(records.values()));
    return this.next<U>(partitionsRdd(this.setting.scope, this.node, run, options));
  }

  /** The same, with the partition's number. */
  mapPartitionsWithIndex<U>(
    f: (index: number, records: ArrayIterator<T>) => Iterable<U>,
    options: { readonly preservesPartitioning?: boolean } = {},
  ): RDD<U> {
    checkFunction('mapPartitionsWithIndex', 'f', f);
    const run = this.setting.scope.register((records: readonly T[], context: PartitionContext) =>
      f(context.partition, records.values()),
    );
    return this.next<U>(partitionsRdd(this.setting.scope, this.node, run, options));
  }

  /** Each partition as one record, an array. */
  glom(): RDD<T[]> {
    return this.next<T[]>(partitionsRdd(this.setting.scope, this.node, '!glom'));
  }

  /** All records of this RDD, then of the others. */
  union<U>(...others: readonly RDD<U>[]): RDD<T | U> {
    return this.next<T | U>(unionRdd(this.setting.scope, [this.node, ...this.nodesOf('union', others)]));
  }

  /** Each distinct record once, in order of first appearance within its partition; records compare by value. */
  distinct(options: Partitioning = {}): RDD<T> {
    const { scope } = this.setting;
    const { partitioner, ref } = this.layout(options);
    const pairs = stepRdd(scope, this.node, 'map', '!keyOnly');
    const aggregator = { create: null, add: '!first', merge: '!first' };
    const once = aggregateByKeyRdd(scope, pairs, { partitioner, ref, aggregator });
    return this.next<T>(stepRdd(scope, once, 'map', '!key'));
  }

  /** `[f(record), record]` for each record. */
  keyBy<K>(f: (record: T) => K): RDD<[K, T]> {
    checkFunction('keyBy', 'f', f);
    return this.step<[K, T]>('map', (record: T): [K, T] => [f(record), record]);
  }

  /** `[f(record), records]`. */
  groupBy<K>(f: (record: T) => K, options: Partitioning = {}): RDD<[K, T[]]> {
    return this.keyBy(f).groupByKey(options);
  }

  /**
   * Records in the order of `f(record)`, over ranges that are decided from a sample. Equal keys keep their order. Keys of
   * any mixture of types have a place: numbers, strings by code unit, arrays element by element.
   */
  sortBy(f: (record: T) => unknown, options: SortOptions = {}): RDD<T> {
    return this.keyBy(f).sortByKey(options).values();
  }

  /** Every pair of a record of this and one of the other. */
  cartesian<U>(other: RDD<U>): RDD<[T, U]> {
    return this.next<[T, U]>(cartesianRdd(this.setting.scope, this.node, this.nodesOf('cartesian', [other])[0]));
  }

  /** `[record, index]`, numbered over the partitions in order. */
  zipWithIndex(): RDD<[T, number]> {
    const { scope } = this.setting;
    const from = partitionsRdd(scope, this.node, '!countPartition');
    const decision = { from, compute: '!offsets', parameter: null };
    return this.next<[T, number]>(partitionsRdd(scope, this.node, '!index', { decision }));
  }

  /**
   * A random part of the records: each is kept with probability `fraction`, or, with replacement, copied a Poisson number
   * of times. The same batch gives the same sample, on every backend and after a retry, unless the seed changes.
   */
  sample(withReplacement: boolean, fraction: number, seed: number | null = null): RDD<T> {
    if (!(fraction >= 0) || (!withReplacement && fraction > 1)) {
      throw error('MR_OPTION', {
        option: 'sample: fraction',
        value: fraction,
        rule: 'must be at least 0, and at most 1 without replacement',
      });
    }
    const parameter = { fraction, withReplacement, seed };
    return this.next<T>(
      partitionsRdd(this.setting.scope, this.node, '!sample', { parameter, preservesPartitioning: true }),
    );
  }

  /** Exactly n partitions, records dealt round-robin. */
  repartition(numPartitions: number): RDD<T> {
    return this.next<T>(dealRdd(this.setting.scope, this.node, checkedPartitions('numPartitions', numPartitions)));
  }

  /** At most n partitions, neighbours put together without a shuffle. */
  coalesce(numPartitions: number): RDD<T> {
    return this.next<T>(coalesceRdd(this.setting.scope, this.node, checkedPartitions('numPartitions', numPartitions)));
  }

  /** Records that both have, each once; they compare by value. */
  intersection(other: RDD<T>, options: Partitioning = {}): RDD<T> {
    const { scope } = this.setting;
    const both = stepRdd(scope, this.#grouped(other, options), 'filter', '!bothSides');
    return this.next<T>(stepRdd(scope, both, 'map', '!key'));
  }

  /** Records that the other does not have; duplicates stay. */
  subtract(other: RDD<T>, options: Partitioning = {}): RDD<T> {
    const { scope } = this.setting;
    const left = stepRdd(scope, this.#grouped(other, options), 'flatMapValues', '!onlyLeft');
    return this.next<T>(stepRdd(scope, left, 'map', '!key'));
  }

  #grouped(other: RDD<T>, options: Partitioning): RddNode {
    const { scope } = this.setting;
    const { partitioner, ref } = this.layout(options);
    const sides = [this.node, ...this.nodesOf('subtract', [other])].map((node) =>
      stepRdd(scope, node, 'map', '!keyOnly'),
    );
    return cogroupRdd(scope, sides, partitioner, ref);
  }

  /** Sorts pairs by key over ranges; used by `sortBy` and `sortByKey`. */
  protected sortedPairs(options: SortOptions): RddNode {
    const { ascending = true, numPartitions = this.node.numPartitions } = options;
    const { scope } = this.setting;
    const n = checkedPartitions('numPartitions', Math.max(1, numPartitions));
    if (n === 1) {
      // One range needs no bounds: a key that orders nothing brings all pairs together.
      const all = this.node.numPartitions === 1 ? this.node : dealRdd(scope, this.node, 1);
      return partitionsRdd(scope, all, '!sortPairs', { parameter: ascending });
    }
    const from = partitionsRdd(scope, this.node, '!sampleKeys');
    const moved = partitionByRangeRdd(scope, this.node, n, ascending, { from, compute: '!rangePlan', parameter: n });
    return partitionsRdd(scope, moved, '!sortPairs', { parameter: ascending });
  }
}
