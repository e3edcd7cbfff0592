import type { RDD } from '../rdd/rdd.ts';
import type { Duration, Time } from '../time.ts';
import { OutputOperators } from './output-operators.ts';

/**
 * A discretized stream: one batch of records at each batch time. An immutable handle; each operator gives a new stream
 * and computes nothing. Spark's `DStream`, and on streams of pairs its `PairDStreamFunctions`.
 *
 * @example
 * ```ts
 * import { StreamingContext, seconds } from '@millrace/core';
 * import { single } from '@millrace/backend-single';
 * const ssc = new StreamingContext(single(), seconds(1));
 * ssc.queueStream([['to be or not to be']]).flatMap((line) => line.split(' ')).countByValue().print();
 * ```
 */
export class DStream<out T> extends OutputOperators<T> {
  /**
   * Keeps this stream's batches where they were computed, for as long as they are remembered. Windows do this to their
   * parent by themselves; on a windowed stream it sets the parent's (R24).
   * @throws MR_CONTEXT_ACTIVE after start (R57)
   */
  persist(): this {
    this.context.persist(this.node);
    return this;
  }

  /** The same as `persist`. */
  cache(): this {
    return this.persist();
  }

  /**
   * The batches of a range of times, both ends included and floored to the stream's grid; batches that were not generated
   * yet are computed (R60).
   * @throws MR_NOT_INITIALIZED before start
   */
  slice(from: Time, to: Time): RDD<T>[] {
    return this.context.slice<T>(this.node, from.milliseconds, to.milliseconds);
  }

  /** How long the stream's batches are kept. @throws MR_NOT_INITIALIZED before start */
  get rememberDuration(): Duration {
    return this.context.rememberDuration(this.node);
  }
}
