import type { Aggregate } from '../../data/aggregate.ts';
import { aggregateByKeyRdd, saltedByKeyRdd } from '../../lineage/aggregate-ops.ts';
import { broadcastJoinRdd } from '../../lineage/broadcast-join.ts';
import { cogroupRdd, joinRdd } from '../../lineage/join-ops.ts';
import type { RddNode } from '../../lineage/rdd-node.ts';
import { groupByKeyRdd, partitionByRdd, stepRdd } from '../../lineage/rdd-ops.ts';
import type { Partitioning } from '../../plan/partitioning.ts';
import {
  type AggregateSkewOptions,
  checkedAggregateSkew,
  checkedJoinSkew,
  checkedSkew,
  type JoinSkewOptions,
  type SkewOptions,
  splits,
  uncombined,
} from '../../plan/skew-option.ts';
import type { JoinKind } from '../../skew/join-plan.ts';
import { checkAggregate } from '../check-aggregate.ts';
import { checkFunction } from '../check-function.ts';
import { checkWhole } from '../check-options.ts';
import { boxed } from '../dstream/boxed-combiner.ts';
import type { Pair } from '../pair.ts';
import { ElementOperations, type SortOptions } from './element-operations.ts';
import type { RDD } from './rdd.ts';

/** Operations on RDDs of pairs. Keys compare by value. */
export abstract class PairOperations<out T> extends ElementOperations<T> {
  /** Values of a key put together, combined before they are moved. */
  reduceByKey<K, V>(
    this: RDD<Pair<K, V>>,
    f: (a: V, b: V) => V,
    options: Partitioning & AggregateSkewOptions = {},
  ): RDD<[K, V]> {
    const ref = this.fn('reduceByKey', 'f', f);
    const strategy = checkedAggregateSkew('reduceByKey', options, true);
    const aggregator = { create: null, add: ref, merge: ref };
    const { scope } = this.setting;
    return this.next<[K, V]>(aggregateByKeyRdd(scope, this.node, { ...this.layout(options), aggregator, strategy }));
  }

  /**
   * `reduceByKey` by random-prefix salting in two shuffles: see `saltedReduceByKey` of streams.
   * @param salts how many prefixes: at least 1
   * @throws MR_OPTION
   */
  saltedReduceByKey<K, V>(
    this: RDD<Pair<K, V>>,
    f: (a: V, b: V) => V,
    salts: number,
    options: Partitioning = {},
  ): RDD<[K, V]> {
    const ref = this.fn('saltedReduceByKey', 'f', f);
    const checked = checkWhole('saltedReduceByKey: salts', salts, 1);
    const aggregator = { create: null, add: ref, merge: ref };
    const { scope } = this.setting;
    return this.next<[K, V]>(saltedByKeyRdd(scope, this.node, { ...this.layout(options), aggregator }, checked));
  }

  /** `[key, values]`, the values in the order of the partitions. */
  groupByKey<K, V>(this: RDD<Pair<K, V>>, options: Partitioning & SkewOptions = {}): RDD<[K, V[]]> {
    const by = this.layout(options);
    return this.next<[K, V[]]>(
      groupByKeyRdd(this.setting.scope, this.node, by.partitioner, by.ref, this.splitting('groupByKey', options)),
    );
  }

  /** Spark's general aggregation by key. */
  combineByKey<K, V, C>(
    this: RDD<Pair<K, V>>,
    createCombiner: (value: V) => C,
    mergeValue: (combiner: C, value: V) => C,
    mergeCombiners: (a: C, b: C) => C,
    options: Partitioning & AggregateSkewOptions & { readonly mapSideCombine?: boolean } = {},
  ): RDD<[K, C]> {
    for (const [name, f] of Object.entries({ createCombiner, mergeValue, mergeCombiners }))
      checkFunction('combineByKey', name, f);
    const { mapSideCombine = true } = options;
    const skew = checkedAggregateSkew('combineByKey', options, mapSideCombine);
    const { scope } = this.setting;
    const [create, add, merge, finish] = boxed(createCombiner, mergeValue, mergeCombiners).map((f) =>
      scope.register(f),
    );
    const aggregator = { create, add, merge };
    const strategy = mapSideCombine ? skew : uncombined(skew);
    const boxes = aggregateByKeyRdd(scope, this.node, { ...this.layout(options), aggregator, strategy });
    return this.next<[K, C]>(stepRdd(scope, boxes, 'mapValues', finish));
  }

  /** An aggregate for each key. */
  aggregateByKey<K, V, A, R>(
    this: RDD<Pair<K, V>>,
    aggregate: Aggregate<V, A, R>,
    options: Partitioning & AggregateSkewOptions = {},
  ): RDD<[K, R]> {
    const strategy = checkedAggregateSkew('aggregateByKey', options, aggregate.merge !== undefined);
    const { scope } = this.setting;
    checkAggregate('aggregateByKey', aggregate);
    const create = scope.register(aggregate.create.bind(aggregate));
    const add = scope.register(aggregate.add.bind(aggregate));
    const merge = aggregate.merge === undefined ? null : scope.register(aggregate.merge.bind(aggregate));
    const finish = scope.register(aggregate.finish.bind(aggregate));
    const aggregator = { create, add, merge };
    const accumulators = aggregateByKeyRdd(scope, this.node, { ...this.layout(options), aggregator, strategy });
    return this.next<[K, R]>(stepRdd(scope, accumulators, 'mapValues', finish));
  }

  /** Changes values, keeps keys and partitioning. */
  mapValues<K, V, U>(this: RDD<Pair<K, V>>, f: (value: V) => U): RDD<[K, U]> {
    return this.step<[K, U]>('mapValues', f);
  }

  /** One value to any number, the key kept with each. */
  flatMapValues<K, V, U>(this: RDD<Pair<K, V>>, f: (value: V) => Iterable<U>): RDD<[K, U]> {
    return this.step<[K, U]>('flatMapValues', f);
  }

  /** The keys, as often as there are pairs. */
  keys<K, V>(this: RDD<Pair<K, V>>): RDD<K> {
    return this.next<K>(stepRdd(this.setting.scope, this.node, 'map', '!key'));
  }

  /** The values. */
  values<K, V>(this: RDD<Pair<K, V>>): RDD<V> {
    return this.next<V>(stepRdd(this.setting.scope, this.node, 'map', '!value'));
  }

  /** Pairs moved to the partition of their key. */
  partitionBy<K, V>(this: RDD<Pair<K, V>>, options: Partitioning): RDD<[K, V]> {
    const by = this.layout(options);
    return this.next<[K, V]>(partitionByRdd(this.setting.scope, this.node, by.partitioner, by.ref));
  }

  /** Pairs in the order of their keys. */
  sortByKey<K, V>(this: RDD<Pair<K, V>>, options: SortOptions = {}): RDD<[K, V]> {
    return this.next<[K, V]>(this.sortedPairs(options));
  }

  /** `[key, [values here, values there]]` for each key of either. */
  cogroup<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    options: Partitioning & SkewOptions = {},
  ): RDD<[K, [V[], W[]]]> {
    return this.next<[K, [V[], W[]]]>(this.grouped('cogroup', other, options));
  }

  /** All combinations of the values of keys that both have. */
  join<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    options: Partitioning & JoinSkewOptions = {},
  ): RDD<[K, [V, W]]> {
    return this.next<[K, [V, W]]>(this.joined('join', other, options, '!inner', { left: false, right: false }));
  }

  /** A join that keeps keys of this RDD; null where the other has none. */
  leftOuterJoin<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    options: Partitioning & JoinSkewOptions = {},
  ): RDD<[K, [V, W | null]]> {
    return this.next<[K, [V, W | null]]>(
      this.joined('leftOuterJoin', other, options, '!left', { left: true, right: false }),
    );
  }

  /** A join that keeps keys of the other; null where this one has none. */
  rightOuterJoin<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    options: Partitioning & JoinSkewOptions = {},
  ): RDD<[K, [V | null, W]]> {
    return this.next<[K, [V | null, W]]>(
      this.joined('rightOuterJoin', other, options, '!right', { left: false, right: true }),
    );
  }

  /** A join that keeps keys of both; null where one has none. */
  fullOuterJoin<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    options: Partitioning & JoinSkewOptions = {},
  ): RDD<[K, [V | null, W | null]]> {
    return this.next<[K, [V | null, W | null]]>(
      this.joined('fullOuterJoin', other, options, '!full', { left: true, right: true }),
    );
  }

  /** Pairs whose key the other does not have. */
  subtractByKey<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    options: Partitioning & SkewOptions = {},
  ): RDD<[K, V]> {
    return this.next<[K, V]>(
      stepRdd(this.setting.scope, this.grouped('subtractByKey', other, options), 'flatMapValues', '!onlyLeft'),
    );
  }

  protected grouped(operation: string, other: RDD<unknown>, options: Partitioning & SkewOptions): RddNode {
    const by = this.layout(options);
    const sides = [this.node, ...this.nodesOf(operation, [other])];
    return cogroupRdd(this.setting.scope, sides, by.partitioner, by.ref, this.splitting(operation, options));
  }

  /**
   * A join. Who reads it is not known here, so that pairs of a heavy key lie in several partitions only where that is asked for.
   */
  protected joined(
    operation: string,
    other: RDD<unknown>,
    options: Partitioning & JoinSkewOptions,
    combine: string,
    alone: JoinKind,
  ): RddNode {
    const skew = checkedJoinSkew(operation, options, alone);
    const sides = [this.node, ...this.nodesOf(operation, [other])];
    if (typeof skew === 'object') return broadcastJoinRdd(this.setting.scope, sides, skew.side, alone);
    const split = skew === 'hash' ? 'none' : skew === 'split' ? 'pairs' : 'fragments';
    return joinRdd(this.setting.scope, sides, this.layout(options), combine, alone, split);
  }

  protected splitting(operation: string, options: SkewOptions): boolean {
    return splits({ skew: checkedSkew(operation, options) });
  }
}
