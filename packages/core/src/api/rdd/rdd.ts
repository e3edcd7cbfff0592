import { RddActions } from './actions.ts';

/**
 * The batch of a stream: what `transform`, `foreachRDD` and `slice` hand over. An immutable handle on lineage. Operations
 * are lazy; actions compute. Inside `transform` operations run where the partitions are, on every backend; inside
 * `foreachRDD` they run on the driver, over partitions fetched as needed.
 *
 * @example
 * ```ts
 * counts.foreachRDD(async (rdd) => {
 *   const busiest = await rdd.sortBy(([, n]) => n, { ascending: false }).take(3);
 *   console.log(await rdd.count(), busiest);
 * });
 * ```
 */
export class RDD<out T> extends RddActions<T> {
  /**
   * Keeps computed partitions until the batch is over, for a second action. Inside `transform` there is nothing to ask
   * for: what is read twice within a batch is kept by itself.
   */
  persist(): this {
    this.setting.execution?.persist(this.node);
    return this;
  }

  /** The same as `persist`. */
  cache(): this {
    return this.persist();
  }

  /** Forgets kept partitions. */
  unpersist(): this {
    this.setting.execution?.unpersist(this.node);
    return this;
  }
}
