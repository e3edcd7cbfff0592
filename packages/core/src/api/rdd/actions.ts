import type { Aggregate } from '../../data/aggregate.ts';
import { lookupKey } from '../../data/key.ts';
import { compareValues } from '../../data/partitioner.ts';
import { error } from '../../errors/index.ts';
import { checkAnyFunction, checkFunction } from '../check-function.ts';
import type { Pair } from '../pair.ts';
import { PairOperations } from './pair-operations.ts';
import type { RDD } from './rdd.ts';

/** Count, mean, spread and bounds of numbers. */
export interface Statistics {
  readonly count: number;
  readonly mean: number;
  /** Population standard deviation. */
  readonly stdev: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Actions: they run the lineage and give values to the driver. In `foreachRDD` and on results of `slice`; inside
 * `transform` they are MR_ACTION_IN_TRANSFORM. Their functions run on the driver.
 */
export abstract class RddActions<out T> extends PairOperations<T> {
  /** All records, in the order of the partitions. */
  collect(): Promise<T[]> {
    return this.#partitions('collect', flatten);
  }

  /** How many records there are. Moves none of them where they are kept. */
  count(): Promise<number> {
    return this.execute('count')
      .counts(this.node)
      .then((counts) => counts.reduce((a, b) => a + b, 0));
  }

  /** `[key, how many pairs]` as a Map; keys compare by value, the first of equal ones stands for all. */
  countByKey<K, V>(this: RDD<Pair<K, V>>): Promise<Map<K, number>> {
    return this.#partitions('countByKey', (partitions) => tally(partitions, ([key]) => key));
  }

  /** `[record, how often]` as a Map; records compare by value, the first of equal ones stands for all. */
  countByValue(): Promise<Map<T, number>> {
    return this.#partitions('countByValue', (partitions) => tally(partitions, (record) => record));
  }

  /** Pairs as a Map; of several values for a key the last. Object keys are compared by value while it is made. */
  collectAsMap<K, V>(this: RDD<Pair<K, V>>): Promise<Map<K, V>> {
    return this.#partitions('collectAsMap', (partitions) => {
      const last = new Map<unknown, Pair<K, V>>();
      for (const pair of partitions.flat()) last.set(lookupKey(pair[0]), pair);
      return new Map(last.values());
    });
  }

  /** All values of a key. With a known partitioner only its partition is looked at. */
  lookup<K, V>(this: RDD<Pair<K, V>>, key: K): Promise<V[]> {
    const { partitioner } = this.node;
    const wanted = lookupKey(key);
    return this.execute('lookup')
      .collect(this.node, partitioner === null ? undefined : [partitioner.getPartition(key)])
      .then((partitions) =>
        (partitions.flat() as Pair<K, V>[]).filter(([k]) => lookupKey(k) === wanted).map(([, value]) => value),
      );
  }

  /** The first record. @throws MR_EMPTY_COLLECTION */
  first(): Promise<T> {
    return this.#head('first', 1).then((records) => {
      if (records.length === 0) throw error('MR_EMPTY_COLLECTION', { action: 'first' });
      return records[0];
    });
  }

  /** The first n records, fetching no more than it needs. */
  take(n: number): Promise<T[]> {
    checkCount('take', n);
    return this.#head('take', n);
  }

  /** The n smallest records, in order. @param compare negative when the first comes first */
  takeOrdered(n: number, compare: (a: T, b: T) => number = compareValues): Promise<T[]> {
    checkCount('takeOrdered', n);
    return this.#partitions('takeOrdered', (partitions) => flatten(partitions).sort(compare).slice(0, n));
  }

  /** The n largest records, largest first. */
  top(n: number, compare: (a: T, b: T) => number = compareValues): Promise<T[]> {
    checkCount('top', n);
    return this.#partitions('top', (partitions) =>
      flatten(partitions)
        .sort((a, b) => compare(b, a))
        .slice(0, n),
    );
  }

  /** All records put together. @throws MR_EMPTY_COLLECTION */
  reduce(f: (a: T, b: T) => T): Promise<T> {
    checkFunction('reduce', 'f', f);
    return this.#nonEmpty('reduce', (records) => records.reduce((a, b) => f(a, b)));
  }

  /** The same from a zero, which is used once for each partition and once for the whole (as in Spark). */
  fold(zero: T, f: (a: T, b: T) => T): Promise<T> {
    checkFunction('fold', 'f', f);
    return this.#partitions('fold', (partitions) =>
      partitions.map((records) => records.reduce((a, b) => f(a, b), zero)).reduce((a, b) => f(a, b), zero),
    );
  }

  /** An aggregate over all records. */
  aggregate<A, R>(aggregate: Aggregate<T, A, R>): Promise<R> {
    return this.#partitions('aggregate', (partitions) =>
      aggregate.finish(partitions.flat().reduce((a, record) => aggregate.add(a, record), aggregate.create())),
    );
  }

  /** A function for each record, on the driver. */
  foreach(f: (record: T) => void): Promise<void> {
    checkFunction('foreach', 'f', f);
    return this.#partitions('foreach', (partitions) => {
      for (const records of partitions) for (const record of records) f(record);
    });
  }

  /**
   * A function for each partition, ON THE DRIVER, over partitions that are fetched one after the other. To write results
   * where they are, use the stream's own `foreachPartition`, which runs in the workers.
   */
  foreachPartition(f: (records: ArrayIterator<T>, partition: number) => void | Promise<void>): Promise<void> {
    checkAnyFunction('foreachPartition', 'f', f);
    const execution = this.execute('foreachPartition');
    return (async () => {
      for (let p = 0; p < this.node.numPartitions; p++) {
        const [records] = (await execution.collect(this.node, [p])) as readonly (readonly T[])[];
        await f(records.values(), p);
      }
    })();
  }

  /** True if there is no record. */
  isEmpty(): Promise<boolean> {
    return this.#head('isEmpty', 1).then((records) => records.length === 0);
  }

  /** The smallest record. @throws MR_EMPTY_COLLECTION */
  min(compare: (a: T, b: T) => number = compareValues): Promise<T> {
    return this.#nonEmpty('min', (records) => records.reduce((a, b) => (compare(b, a) < 0 ? b : a)));
  }

  /** The largest record. @throws MR_EMPTY_COLLECTION */
  max(compare: (a: T, b: T) => number = compareValues): Promise<T> {
    return this.#nonEmpty('max', (records) => records.reduce((a, b) => (compare(b, a) > 0 ? b : a)));
  }

  /** The sum of numbers; 0 without any. */
  sum(this: RDD<number>): Promise<number> {
    return this.#partitions('sum', (partitions) => partitions.flat().reduce((a, b) => a + b, 0));
  }

  /** The mean of numbers. @throws MR_EMPTY_COLLECTION */
  mean(this: RDD<number>): Promise<number> {
    return this.#nonEmpty('mean', (records) => statistics(records).mean);
  }

  /** Count, mean, standard deviation and bounds of numbers (Welford's method); NaN and infinities without any. */
  stats(this: RDD<number>): Promise<Statistics> {
    return this.#partitions('stats', (partitions) => statistics(partitions.flat()));
  }

  /*
   * None of the actions is an async function: inside transform they have to throw at once, where the user's function can
   * not go on, and not reject a promise that it never looks at.
   */

  #partitions<R>(action: string, use: (partitions: readonly (readonly T[])[]) => R): Promise<R> {
    return this.execute(action)
      .collect(this.node)
      .then((partitions) => use(partitions as readonly (readonly T[])[]));
  }

  #nonEmpty<R>(action: string, use: (records: readonly T[]) => R): Promise<R> {
    return this.#partitions(action, (partitions) => {
      const records = flatten(partitions);
      if (records.length === 0) throw error('MR_EMPTY_COLLECTION', { action });
      return use(records);
    });
  }

  #head(action: string, n: number): Promise<T[]> {
    return this.execute(action)
      .take(this.node, n)
      .then((records) => records.slice() as T[]);
  }
}

/** Refuses what is no number of records. @throws MR_OPTION */
function checkCount(action: string, n: number): void {
  if (!Number.isInteger(n) || n < 0) {
    throw error('MR_OPTION', { option: `${action}: n`, value: n, rule: 'must be a whole number of at least 0' });
  }
}

/** All partitions as one array of the caller's own. */
function flatten<T>(partitions: readonly (readonly T[])[]): T[] {
  return partitions.length === 1 ? partitions[0].slice() : partitions.flat();
}

function statistics(numbers: readonly number[]): Statistics {
  let count = 0;
  let mean = 0;
  let squares = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const x of numbers) {
    count += 1;
    const delta = x - mean;
    mean += delta / count;
    squares += delta * (x - mean);
    if (x < min) min = x;
    if (x > max) max = x;
  }
  return {
    count,
    mean: count === 0 ? Number.NaN : mean,
    stdev: count === 0 ? Number.NaN : Math.sqrt(squares / count),
    min,
    max,
  };
}

function tally<R, K>(partitions: readonly (readonly R[])[], keyOf: (record: R) => K): Map<K, number> {
  const counts = new Map<unknown, { readonly key: K; n: number }>();
  for (const records of partitions) {
    for (const record of records) {
      const key = keyOf(record);
      const id = lookupKey(key);
      const known = counts.get(id);
      if (known === undefined) counts.set(id, { key, n: 1 });
      else known.n += 1;
    }
  }
  return new Map([...counts.values()].map(({ key, n }) => [key, n]));
}
