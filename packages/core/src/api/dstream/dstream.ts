import { checkOnError, type OnError } from '../on-error.ts';
import type { RDD } from '../rdd/rdd.ts';
import { type Duration, durationMs, type Time } from '../time.ts';
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

  /**
   * What becomes of records that fail, in the operators called on the returned stream and on those derived from it, until
   * it is set again. The stream itself stays as it is. Unless given it is the context's option `onError`, which is `'fail'`.
   *
   * Covered is what is done to single records: `map`, `flatMap`, `filter`, `mapValues`, `flatMapValues`, `mapAsync`,
   * `filterAsync`. A record fails when the function throws, returns nothing iterable (`flatMap`), or the record is no pair;
   * it then leaves no result at all, also if a generator threw midway. Functions that see more than one record (reducers,
   * state, `mapPartitions`, `transform`, outputs) and async functions given to synchronous operators fail the batch as ever.
   *
   * @param policy `'fail'`: the batch; `'drop'`: the record is counted in `BatchInfo.recordFailures`; `deadLetter(sink)`:
   *   counted and written
   * @throws MR_OPTION
   * @example
   * ```ts
   * const numbers = lines.onError('drop').map((line) => JSON.parse(line));
   * ```
   */
  onError(policy: OnError): DStream<T> {
    checkOnError(policy);
    return new DStream<T>(this.context, this.node, policy);
  }

  /**
   * How often the stream's state is put together as a whole in the checkpoint, where every batch adds what it changed. Unless
   * given that is done when the changes have come to weigh as much as the state. For `mapWithState` it is also how often keys
   * that time out are looked for, as in Spark (R45): every 10th batch unless given (R49), or `timeoutCheckInterval`.
   *
   * A stream without state is kept like `persist()` (R63): what it is after a restart comes from its input. The start of the job
   * says so, and where there are no checkpoints.
   * @param interval a multiple of the stream's slide (R61)
   * @throws MR_OPTION, MR_DURATION; MR_CONTEXT_ACTIVE after start (R57)
   * @example
   * ```ts
   * const totals = pairs.updateStateByKey((ns: number[], sum: number | null) => ns.reduce((a, b) => a + b, sum ?? 0));
   * totals.checkpoint(seconds(30));
   * ```
   */
  checkpoint(interval: Duration): this {
    this.context.checkpointStream(this.node, durationMs(interval, 'checkpoint: interval'));
    if (this.node.operator.properties.dependency !== 'state') this.context.persist(this.node);
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
