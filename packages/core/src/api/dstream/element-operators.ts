import type { Aggregate } from '../../data/aggregate.ts';
import { checkedPartitions } from '../../lineage/rdd-ops.ts';
import * as aggregates from '../../plan/operators/aggregate.ts';
import * as layout from '../../plan/operators/layout.ts';
import * as partitions from '../../plan/operators/partitions.ts';
import * as steps from '../../plan/operators/steps.ts';
import { transform } from '../../plan/operators/transform.ts';
import type { AggregateSkewOptions } from '../../plan/skew-option.ts';
import type { PartitionContext } from '../../task/partition-context.ts';
import { checkFunction } from '../check-function.ts';
import type { KeyOptions, Named } from '../options.ts';
import { lineageBuilder } from '../rdd/lineage-builder.ts';
import type { RDD } from '../rdd/rdd.ts';
import type { Time } from '../time.ts';
import { StreamBase } from './base.ts';
import type { DStream } from './dstream.ts';

/** Operators that look at records one by one, at partitions, or at whole batches. */
export abstract class ElementOperators<out T> extends StreamBase<T> {
  /**
   * One record to one.
   *
   * A function that returns an array of two makes a stream of pairs, typed `[K, V]`.
   * @param f synchronous; its exception fails the batch
   * @throws MR_ASYNC_FUNCTION, MR_NOT_A_FUNCTION
   * @example
   * ```ts
   * const pairs = words.map((w) => [w, 1]); // DStream<[string, number]>
   * ```
   */
  map<K, V>(f: (record: T) => [K, V], options?: Named): DStream<[K, V]>;
  map<U>(f: (record: T) => U, options?: Named): DStream<U>;
  map<U>(f: (record: T) => U, options: Named = {}): DStream<U> {
    checkFunction('map', 'f', f);
    return this.derive<U>(steps.map, { functions: [f], ...options });
  }

  /**
   * One record to any number: an array, or anything iterable.
   * @throws MR_ASYNC_FUNCTION, MR_NOT_A_FUNCTION; MR_NOT_ITERABLE when it runs
   * @example
   * ```ts
   * const words = lines.flatMap((line) => line.split(' '));
   * ```
   */
  flatMap<K, V>(f: (record: T) => Iterable<[K, V]>, options?: Named): DStream<[K, V]>;
  flatMap<U>(f: (record: T) => Iterable<U>, options?: Named): DStream<U>;
  flatMap<U>(f: (record: T) => Iterable<U>, options: Named = {}): DStream<U> {
    checkFunction('flatMap', 'f', f);
    return this.derive<U>(steps.flatMap, { functions: [f], ...options });
  }

  /** Records for which the function says true. A type guard narrows the stream's type. */
  filter<U extends T>(f: (record: T) => record is U, options?: Named): DStream<U>;
  filter(f: (record: T) => boolean, options?: Named): DStream<T>;
  filter(f: (record: T) => boolean, options: Named = {}): DStream<T> {
    checkFunction('filter', 'f', f);
    return this.derive<T>(steps.filter, { functions: [f], ...options });
  }

  /**
   * A function over each partition: called once with all its records, for work that wants a set-up.
   * @param options `preservesPartitioning: true` promises that keys stay as they are
   */
  mapPartitions<U>(
    f: (records: ArrayIterator<T>) => Iterable<U>,
    options: Named & { readonly preservesPartitioning?: boolean } = {},
  ): DStream<U> {
    checkFunction('mapPartitions', 'f', f);
    const { preservesPartitioning = false, name } = options;
    const run = (records: readonly T[]) => f(records.values());
    return this.derive<U>(partitions.mapPartitions, { functions: [run], params: { preservesPartitioning }, name });
  }

  /** The same, with the number of the partition. */
  mapPartitionsWithIndex<U>(
    f: (index: number, records: ArrayIterator<T>) => Iterable<U>,
    options: Named & { readonly preservesPartitioning?: boolean } = {},
  ): DStream<U> {
    checkFunction('mapPartitionsWithIndex', 'f', f);
    const { preservesPartitioning = false, name } = options;
    const run = (records: readonly T[], context: PartitionContext) => f(context.partition, records.values());
    return this.derive<U>(partitions.mapPartitions, { functions: [run], params: { preservesPartitioning }, name });
  }

  /** Each partition as one record, an array. */
  glom(options: Named = {}): DStream<T[]> {
    return this.derive<T[]>(partitions.glom, options);
  }

  /** Exactly n partitions in every batch; records may change their order (R18). @throws MR_PARTITIONS */
  repartition(numPartitions: number, options: Named = {}): DStream<T> {
    checkedPartitions('numPartitions', numPartitions);
    return this.derive<T>(layout.repartition, { params: { numPartitions }, ...options });
  }

  /**
   * All records of this stream's batch, then all of the other's (R20).
   * @throws MR_MIXED_CONTEXTS, MR_SLIDE_MISMATCH (R6); MR_NO_BATCH when one has no batch at a time (R4)
   */
  union<U>(other: DStream<U>, options: Named = {}): DStream<T | U> {
    return this.derive<T | U>(layout.union, { others: [other], ...options });
  }

  /** One record for each batch: all put together by an associative function; none for an empty batch (R15). */
  reduce(f: (a: T, b: T) => T, options: Named = {}): DStream<T> {
    checkFunction('reduce', 'f', f);
    return this.derive<T>(aggregates.reduce, { functions: [f], ...options });
  }

  /** One number for each batch; 0 for an empty one (R15). */
  count(options: Named = {}): DStream<number> {
    return this.derive<number>(aggregates.count, options);
  }

  /** `[value, how often]` for each distinct value of the batch; values compare by content. */
  countByValue(options: KeyOptions & AggregateSkewOptions = {}): DStream<[T, number]> {
    return this.derive<[T, number]>(aggregates.countByValue, {
      ...this.aggregating('countByValue', options, []),
      name: options.name,
    });
  }

  /**
   * An aggregate over the whole batch: exactly one record, also for an empty batch.
   * @example
   * ```ts
   * const top = scores.aggregate(topK(3));
   * ```
   */
  aggregate<A, R>(aggregate: Aggregate<T, A, R>, options: Named = {}): DStream<R> {
    const { create, add, merge, finish } = aggregate;
    return this.derive<R>(aggregates.aggregate, {
      functions: [create.bind(aggregate), add.bind(aggregate), (merge ?? add).bind(aggregate), finish.bind(aggregate)],
      params: { aggregate: aggregate.name, mergeable: merge !== undefined },
      ...options,
    });
  }

  /**
   * A function over whole batches, as RDDs. It runs at planning, every interval, also for empty batches (R7), on the
   * driver and again in workers: it depends on its arguments, job params and broadcast values alone and must be
   * synchronous. Closures inside run where the partitions are.
   * @throws when it runs: MR_TRANSFORM_RESULT if it returns no RDD, MR_ACTION_IN_TRANSFORM, MR_NO_BATCH
   * @example
   * ```ts
   * const sorted = counts.transform((rdd) => rdd.sortBy(([, n]) => n, { ascending: false }));
   * ```
   */
  transform<U>(f: (rdd: RDD<T>, time: Time) => RDD<U>, options: Named = {}): DStream<U> {
    checkFunction('transform', 'f', f);
    const build = lineageBuilder(this.context, 'transform', ([rdd], time) => f(rdd as RDD<T>, time));
    return this.derive<U>(transform, { functions: [build], ...options });
  }

  /** The same over the batches of two streams at the same time. */
  transformWith<O, U>(
    other: DStream<O>,
    f: (rdd: RDD<T>, other: RDD<O>, time: Time) => RDD<U>,
    options: Named = {},
  ): DStream<U> {
    checkFunction('transformWith', 'f', f);
    const build = lineageBuilder(this.context, 'transformWith', ([a, b], time) => f(a as RDD<T>, b as RDD<O>, time));
    return this.derive<U>(transform, { functions: [build], others: [other], ...options });
  }
}
