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
  async collect(): Promise<T[]> {
    const partitions = await this.execute('collect').collect(this.node);
    return (partitions.length === 1 ? partitions[0].slice() : partitions.flat()) as T[];
  }

  /** How many records there are. Moves none of them where they are kept. */
  async count(): Promise<number> {
    return (await this.execute('count').counts(this.node)).reduce((a, b) => a + b, 0);
  }

  /** `[key, how many pairs]` as a Map; keys compare by value, the first of equal ones stands for all. */
  async countByKey<K, V>(this: RDD<Pair<K, V>>): Promise<Map<K, number>> {
    return tally((await this.execute('countByKey').collect(this.node)) as readonly (readonly Pair<K, V>[])[], ([key]) => key);
  }

  /** `[record, how often]` as a Map; records compare by value, the first of equal ones stands for all. */
  async countByValue(): Promise<Map<T, number>> {
    return tally((await this.execute('countByValue').collect(this.node)) as readonly (readonly T[])[], (record) => record);
  }

  /** Pairs as a Map; of several values for a key the last. Object keys are compared by value while it is made. */
  async collectAsMap<K, V>(this: RDD<Pair<K, V>>): Promise<Map<K, V>> {
    const last = new Map<unknown, Pair<K, V>>();
    for (const pair of await this.collect()) last.set(lookupKey(pair[0]), pair);
    return new Map(last.values());
  }

  /** All values of a key. With a known partitioner only its partition is looked at. */
  async lookup<K, V>(this: RDD<Pair<K, V>>, key: K): Promise<V[]> {
    const { partitioner } = this.node;
    const partitions = partitioner === null ? undefined : [partitioner.getPartition(key)];
    const wanted = lookupKey(key);
    const found = (await this.execute('lookup').collect(this.node, partitions)).flat() as Pair<K, V>[];
    return found.filter(([k]) => lookupKey(k) === wanted).map(([, value]) => value);
  }

  /** The first record. @throws MR_EMPTY_COLLECTION */
  async first(): Promise<T> {
    const [record, ...none] = await this.take(1);
    if (record === undefined && none.length === 0 && (await this.isEmpty())) throw error('MR_EMPTY_COLLECTION', { action: 'first' });
    return record as T;
  }

  /** The first n records, fetching no more than it needs. */
  async take(n: number): Promise<T[]> {
    const execution = this.execute('take');
    const out: T[] = [];
    for (let p = 0; p < this.node.numPartitions && out.length < n; p++) {
      out.push(...((await execution.head(this.node, p, n - out.length)) as T[]));
    }
    return out;
  }

  /** The n smallest records, in order. @param compare negative when the first comes first */
  async takeOrdered(n: number, compare: (a: T, b: T) => number = compareValues): Promise<T[]> {
    return (await this.collect()).sort(compare).slice(0, n);
  }

  /** The n largest records, largest first. */
  async top(n: number, compare: (a: T, b: T) => number = compareValues): Promise<T[]> {
    return this.takeOrdered(n, (a, b) => compare(b, a));
  }

  /** All records put together. @throws MR_EMPTY_COLLECTION */
  async reduce(f: (a: T, b: T) => T): Promise<T> {
    checkFunction('reduce', 'f', f);
    const records = await this.collect();
    if (records.length === 0) throw error('MR_EMPTY_COLLECTION', { action: 'reduce' });
    return records.reduce((a, b) => f(a, b));
  }

  /** The same from a zero, which is used once for each partition and once for the whole (as in Spark). */
  async fold(zero: T, f: (a: T, b: T) => T): Promise<T> {
    checkFunction('fold', 'f', f);
    const partitions = (await this.execute('fold').collect(this.node)) as readonly (readonly T[])[];
    return partitions.map((records) => records.reduce((a, b) => f(a, b), zero)).reduce((a, b) => f(a, b), zero);
  }

  /** An aggregate over all records. */
  async aggregate<A, R>(aggregate: Aggregate<T, A, R>): Promise<R> {
    const accumulator = (await this.collect()).reduce((a, record) => aggregate.add(a, record), aggregate.create());
    return aggregate.finish(accumulator);
  }

  /** A function for each record, on the driver. */
  async foreach(f: (record: T) => void): Promise<void> {
    checkFunction('foreach', 'f', f);
    for (const record of await this.collect()) f(record);
  }

  /**
   * A function for each partition, ON THE DRIVER, over partitions that are fetched. To write results where they are, use
   * the stream's own `foreachPartition`, which runs in the workers.
   */
  async foreachPartition(f: (records: IterableIterator<T>, partition: number) => void | Promise<void>): Promise<void> {
    checkAnyFunction('foreachPartition', 'f', f);
    const execution = this.execute('foreachPartition');
    for (let p = 0; p < this.node.numPartitions; p++) {
      const [records] = (await execution.collect(this.node, [p])) as readonly (readonly T[])[];
      await f(records.values(), p);
    }
  }

  /** True if there is no record. */
  async isEmpty(): Promise<boolean> {
    return (await this.take(1)).length === 0;
  }

  /** The smallest record. @throws MR_EMPTY_COLLECTION */
  async min(compare: (a: T, b: T) => number = compareValues): Promise<T> {
    return this.#extreme('min', compare);
  }

  /** The largest record. @throws MR_EMPTY_COLLECTION */
  async max(compare: (a: T, b: T) => number = compareValues): Promise<T> {
    return this.#extreme('max', (a, b) => compare(b, a));
  }

  /** The sum of numbers; 0 without any. */
  async sum(this: RDD<number>): Promise<number> {
    return (await this.collect()).reduce((a, b) => a + b, 0);
  }

  /** The mean of numbers. @throws MR_EMPTY_COLLECTION */
  async mean(this: RDD<number>): Promise<number> {
    const { count, mean } = await this.stats();
    if (count === 0) throw error('MR_EMPTY_COLLECTION', { action: 'mean' });
    return mean;
  }

  /** Count, mean, standard deviation and bounds of numbers (Welford's method); NaN and infinities without any. */
  async stats(this: RDD<number>): Promise<Statistics> {
    let count = 0;
    let mean = 0;
    let squares = 0;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (const x of await this.collect()) {
      count += 1;
      const delta = x - mean;
      mean += delta / count;
      squares += delta * (x - mean);
      if (x < min) min = x;
      if (x > max) max = x;
    }
    return { count, mean: count === 0 ? Number.NaN : mean, stdev: count === 0 ? Number.NaN : Math.sqrt(squares / count), min, max };
  }

  async #extreme(action: string, compare: (a: T, b: T) => number): Promise<T> {
    const records = await this.collect();
    if (records.length === 0) throw error('MR_EMPTY_COLLECTION', { action });
    return records.reduce((a, b) => (compare(b, a) < 0 ? b : a));
  }
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
