import type { Aggregate } from '../../data/aggregate.ts';
import type { AnyFunction } from '../../lineage/function-scope.ts';
import * as byKey from '../../plan/operators/by-key.ts';
import * as joins from '../../plan/operators/join.ts';
import * as layout from '../../plan/operators/layout.ts';
import * as steps from '../../plan/operators/steps.ts';
import type { Partitioning } from '../../plan/partitioning.ts';
import {
  type AggregateSkewOptions,
  checkedJoinSkew,
  checkedSkew,
  type JoinSkewOptions,
  type SkewOptions,
} from '../../plan/skew-option.ts';
import type { Broadcast } from '../broadcast.ts';
import { type BroadcastTable, tableLookup } from '../broadcast-table.ts';
import { checkAggregate } from '../check-aggregate.ts';
import { checkFunction } from '../check-function.ts';
import { checkWhole } from '../check-options.ts';
import type { KeyOptions, Named } from '../options.ts';
import type { Pair } from '../pair.ts';
import { AsyncOperators } from './async-operators.ts';
import type { Derivation } from './base.ts';
import { boxed } from './boxed-combiner.ts';
import type { DStream } from './dstream.ts';

/**
 * Operators on streams of pairs; the compiler refuses them on others. Keys compare by value: tuples and objects are equal
 * when their contents are. An undefined key or value is MR_UNDEFINED_IN_PAIR.
 */
export abstract class PairOperators<out T> extends AsyncOperators<T> {
  /**
   * Values of a key put together by an associative function, combined before they are moved.
   * @example
   * ```ts
   * const counts = words.map((w) => [w, 1]).reduceByKey((a, b) => a + b);
   * ```
   */
  reduceByKey<K, V>(
    this: DStream<Pair<K, V>>,
    f: (a: V, b: V) => V,
    options: KeyOptions & AggregateSkewOptions = {},
  ): DStream<[K, V]> {
    checkFunction('reduceByKey', 'f', f);
    return this.derive<[K, V]>(byKey.reduceByKey, {
      ...this.aggregating('reduceByKey', options, [f]),
      name: options.name,
    });
  }

  /**
   * `reduceByKey` by random-prefix salting, as it is done by hand where keys are heavy: each key gets one of `salts` random prefixes, values are put
   * together for each prefix, then for each key, in two shuffles. `reduceByKey` combines before records move, which does more
   * with one shuffle: this is here to be compared with it. The function has to be commutative, too; prefixes are the same when a
   * batch is computed again.
   *
   * @param salts how many prefixes: at least 1
   * @throws MR_OPTION
   * @example
   * ```ts
   * const counts = words.map((w) => [w, 1]).saltedReduceByKey((a, b) => a + b, 8);
   * ```
   */
  saltedReduceByKey<K, V>(
    this: DStream<Pair<K, V>>,
    f: (a: V, b: V) => V,
    salts: number,
    options: KeyOptions = {},
  ): DStream<[K, V]> {
    checkFunction('saltedReduceByKey', 'f', f);
    const { functions, params } = this.keyed(options, [f]);
    const checked = checkWhole('saltedReduceByKey: salts', salts, 1);
    return this.derive<[K, V]>(byKey.saltedReduceByKey, {
      functions,
      params: { ...params, salts: checked },
      name: options.name,
    });
  }

  /** `[key, values]` for each key of the batch, values in the order of the partitions they came from. */
  groupByKey<K, V>(this: DStream<Pair<K, V>>, options: KeyOptions & SkewOptions = {}): DStream<[K, V[]]> {
    return this.derive<[K, V[]]>(byKey.groupByKey, {
      ...this.splitting('groupByKey', options, []),
      name: options.name,
    });
  }

  /**
   * Spark's general aggregation by key.
   * @param createCombiner from a key's first value
   * @param mergeValue adds a value
   * @param mergeCombiners puts two combiners of a key together
   * @param options `mapSideCombine: false` moves raw values
   */
  combineByKey<K, V, C>(
    this: DStream<Pair<K, V>>,
    createCombiner: (value: V) => C,
    mergeValue: (combiner: C, value: V) => C,
    mergeCombiners: (a: C, b: C) => C,
    options: KeyOptions & AggregateSkewOptions & { readonly mapSideCombine?: boolean } = {},
  ): DStream<[K, C]> {
    checkFunction('combineByKey', 'createCombiner', createCombiner);
    checkFunction('combineByKey', 'mergeValue', mergeValue);
    checkFunction('combineByKey', 'mergeCombiners', mergeCombiners);
    const { mapSideCombine = true, name } = options;
    const { functions, params } = this.aggregating(
      'combineByKey',
      options,
      boxed(createCombiner, mergeValue, mergeCombiners),
      mapSideCombine,
    );
    return this.derive<[K, C]>(byKey.combineByKey, { functions, params: { ...params, mapSideCombine }, name });
  }

  /**
   * An aggregate for each key: `count()`, `average()`, `topK(3)`, or your own. Combined before the shuffle if it can merge.
   * @example
   * ```ts
   * const delays = flights.map((f) => [f.origin, f.delay]).aggregateByKey(average());
   * ```
   */
  aggregateByKey<K, V, A, R>(
    this: DStream<Pair<K, V>>,
    aggregate: Aggregate<V, A, R>,
    options: KeyOptions & AggregateSkewOptions = {},
  ): DStream<[K, R]> {
    checkAggregate('aggregateByKey', aggregate);
    const { create, add, merge, finish } = aggregate;
    const bound = [create.bind(aggregate), add.bind(aggregate), (merge ?? add).bind(aggregate), finish.bind(aggregate)];
    const { functions, params } = this.aggregating('aggregateByKey', options, bound, merge !== undefined);
    return this.derive<[K, R]>(byKey.aggregateByKey, {
      functions,
      params: { ...params, aggregate: aggregate.name, mergeable: merge !== undefined, finish: true },
      name: options.name,
    });
  }

  /** Changes values, keeps keys and partitioning. */
  mapValues<K, V, U>(this: DStream<Pair<K, V>>, f: (value: V) => U, options: Named = {}): DStream<[K, U]> {
    checkFunction('mapValues', 'f', f);
    return this.derive<[K, U]>(steps.mapValues, { functions: [f], ...options });
  }

  /** One value to any number, the key kept with each. */
  flatMapValues<K, V, U>(
    this: DStream<Pair<K, V>>,
    f: (value: V) => Iterable<U>,
    options: Named = {},
  ): DStream<[K, U]> {
    checkFunction('flatMapValues', 'f', f);
    return this.derive<[K, U]>(steps.flatMapValues, { functions: [f], ...options });
  }

  /** Pairs moved to the partition of their key. */
  partitionBy<K, V>(this: DStream<Pair<K, V>>, options: KeyOptions): DStream<[K, V]> {
    return this.derive<[K, V]>(layout.partitionBy, { ...this.keyed(options, []), name: options.name });
  }

  /** For each key of either stream's batch of the same time: `[key, [values here, values there]]`. */
  cogroup<K, V, W>(
    this: DStream<Pair<K, V>>,
    other: DStream<Pair<K, W>>,
    options: KeyOptions & SkewOptions = {},
  ): DStream<[K, [V[], W[]]]> {
    return this.derive<[K, [V[], W[]]]>(joins.cogroup, {
      ...this.splitting('cogroup', options, []),
      others: [other],
      name: options.name,
    });
  }

  /** `[key, [value here, value there]]`: all combinations of the values of keys that both batches have (R17). */
  join<K, V, W>(
    this: DStream<Pair<K, V>>,
    other: DStream<Pair<K, W>>,
    options: KeyOptions & JoinSkewOptions = {},
  ): DStream<[K, [V, W]]> {
    return this.joined<[K, [V, W]]>(joins.innerJoin, other, options);
  }

  /** A join that keeps keys of this stream; null where the other has none. */
  leftOuterJoin<K, V, W>(
    this: DStream<Pair<K, V>>,
    other: DStream<Pair<K, W>>,
    options: KeyOptions & JoinSkewOptions = {},
  ): DStream<[K, [V, W | null]]> {
    return this.joined<[K, [V, W | null]]>(joins.leftOuterJoin, other, options);
  }

  /** A join that keeps keys of the other stream; null where this one has none. */
  rightOuterJoin<K, V, W>(
    this: DStream<Pair<K, V>>,
    other: DStream<Pair<K, W>>,
    options: KeyOptions & JoinSkewOptions = {},
  ): DStream<[K, [V | null, W]]> {
    return this.joined<[K, [V | null, W]]>(joins.rightOuterJoin, other, options);
  }

  /** A join that keeps keys of both; null where one has none. */
  fullOuterJoin<K, V, W>(
    this: DStream<Pair<K, V>>,
    other: DStream<Pair<K, W>>,
    options: KeyOptions & JoinSkewOptions = {},
  ): DStream<[K, [V | null, W | null]]> {
    return this.joined<[K, [V | null, W | null]]>(joins.fullOuterJoin, other, options);
  }

  /**
   * The map-side join: each pair with the table's value for its key, without moving the stream. Pairs without one are
   * dropped. The table is a Map, an object or an array of pairs in a broadcast variable, indexed once for each version.
   * @example
   * ```ts
   * const airports = ssc.broadcast('airports', () => new Map([['SEA', 'Seattle']]));
   * const named = delays.joinBroadcast(airports); // DStream<[string, [number, string]]>
   * ```
   */
  joinBroadcast<K, V, W>(
    this: DStream<Pair<K, V>>,
    table: Broadcast<BroadcastTable<K, W>>,
    options: Named = {},
  ): DStream<[K, [V, W]]> {
    const lookup = tableLookup(table);
    const inner = ([key, value]: Pair<K, V>): [K, [V, W]][] => {
      const found = lookup(key);
      return found === undefined ? [] : [[key, [value, found]]];
    };
    return this.derive<[K, [V, W]]>(steps.flatMap, { functions: [inner], name: options.name });
  }

  /** The same, keeping pairs that the table does not know, with null. */
  leftOuterJoinBroadcast<K, V, W>(
    this: DStream<Pair<K, V>>,
    table: Broadcast<BroadcastTable<K, W>>,
    options: Named = {},
  ): DStream<[K, [V, W | null]]> {
    const lookup = tableLookup(table);
    const left = ([key, value]: Pair<K, V>): [K, [V, W | null]] => [key, [value, lookup(key) ?? null]];
    return this.derive<[K, [V, W | null]]>(steps.map, { functions: [left], name: options.name });
  }

  /** A join with another stream. */
  protected joined<U>(
    { operator, kind }: joins.Join,
    other: DStream<unknown>,
    options: KeyOptions & JoinSkewOptions,
  ): DStream<U> {
    const { functions, params } = this.keyed(options, []);
    const skew = checkedJoinSkew(operator.kind, options, kind);
    return this.derive<U>(operator, {
      functions,
      params: skew === 'auto' ? params : { ...params, skew },
      others: [other],
      name: options.name,
    });
  }

  /** As `keyed`, for operators that can split heavy keys. */
  protected splitting(
    operator: string,
    options: Partitioning & SkewOptions,
    functions: readonly AnyFunction[],
  ): Pick<Derivation, 'params' | 'functions'> {
    const keyed = this.keyed(options, functions);
    const skew = checkedSkew(operator, options);
    return skew === 'auto' ? keyed : { ...keyed, params: { ...keyed.params, skew } };
  }
}
