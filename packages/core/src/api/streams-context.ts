import type { ExecutionBackend } from '../backend/contract.ts';
import { error } from '../errors/index.ts';
import { sourceRdd } from '../lineage/rdd-ops.ts';
import * as layout from '../plan/operators/layout.ts';
import { transform } from '../plan/operators/transform.ts';
import type { Receiver } from '../receiver/receiver.ts';
import { type Accumulator, AccumulatorRegistry } from './accumulator.ts';
import { type Broadcast, BroadcastRegistry } from './broadcast.ts';
import { checkFunction } from './check-function.ts';
import { positive } from './context-base.ts';
import type { ContextOptions } from './context-options.ts';
import { checkCompatible } from './dstream/base.ts';
import type { DStream } from './dstream/dstream.ts';
import { type QueueEntry, QueueInputDStream, type QueueOptions, splitRecords } from './input-dstream.ts';
import type { Named } from './options.ts';
import { lineageBuilder } from './rdd/lineage-builder.ts';
import { RDD } from './rdd/rdd.ts';
import { checkReceiver, ReceiverInputDStream, type ReceiverStreamOptions } from './receiver-input-dstream.ts';
import { StatefulContext } from './stateful-context.ts';
import type { StreamingContext } from './streaming-context.ts';
import type { Duration, Time } from './time.ts';

/** What a program is made of on a context: sources, streams of several streams, values that tasks share. */
export abstract class StreamsContext extends StatefulContext {
  protected readonly broadcasts: BroadcastRegistry;
  protected readonly accumulators = new AccumulatorRegistry();

  /** See `StreamingContext`, the only class that extends this one. */
  constructor(backend: ExecutionBackend, batchInterval: Duration, options: ContextOptions) {
    super(backend, batchInterval, options);
    this.broadcasts = new BroadcastRegistry(!this.origin.worker);
  }

  // ---- sources -------------------------------------------------------------------------------------------------------

  /**
   * Batches from an array of batches, which the caller may go on filling: one entry for each interval (or all that are
   * there with `oneAtATime: false`), an empty batch when there is none. An entry is an array of records, an RDD, or
   * `{ blocks }`.
   * @example
   * ```ts
   * const queue = [['a', 'b'], ['c']];
   * const letters = ssc.queueStream(queue);
   * queue.push(['d']);
   * ```
   */
  queueStream<T>(queue: QueueEntry<T>[], options: QueueOptions<T> = {}): DStream<T> {
    return new QueueInputDStream<T>(this.#self, queue, options);
  }

  /**
   * A stream of what a receiver stores: the way to any source that pushes. See `Receiver`.
   * @throws MR_OPTION, MR_DURATION
   * @example
   * ```ts
   * class Once extends Receiver<string> {
   *   onStart() {
   *     void this.storeMany(['one', 'two']);
   *   }
   *   onStop() {}
   * }
   * ssc.receiverStream(new Once(), { maxRate: 10_000 }).print();
   * ```
   */
  receiverStream<T>(receiver: Receiver<T>, options: ReceiverStreamOptions = {}): ReceiverInputDStream<T> {
    checkReceiver(receiver, options);
    return new ReceiverInputDStream<T>(this.#self, () => receiver, options);
  }

  /** An RDD from values of the driver, cut into partitions. */
  parallelize<T>(values: readonly T[], numPartitions = this.defaultParallelism): RDD<T> {
    const partitions = splitRecords(values, positive('numPartitions', numPartitions));
    const setting = this.rddSetting;
    return new RDD<T>(sourceRdd(setting.scope, partitions), setting);
  }

  // ---- several streams -----------------------------------------------------------------------------------------------

  /** All records of all streams' batches, one stream after the other. @throws MR_EMPTY_STREAMS, MR_MIXED_CONTEXTS, MR_SLIDE_MISMATCH */
  union<T>(streams: readonly DStream<T>[], options: Named = {}): DStream<T> {
    const slideMs = this.#common('union', streams);
    return this.streamOf<T>(
      this.addNode({ operator: layout.union, inputs: streams.map((s) => s.node), slideMs, ...options }),
    );
  }

  /** A function over the batches of several streams at the same time; see `DStream.transform`. */
  transform<const S extends readonly DStream<unknown>[], U>(
    streams: S,
    f: (rdds: BatchesOf<S>, time: Time) => RDD<U>,
    options: Named = {},
  ): DStream<U> {
    checkFunction('transform', 'f', f);
    const slideMs = this.#common('transform', streams);
    const functions = [
      lineageBuilder(this.#self, 'transform', f as unknown as (rdds: RDD<unknown>[], time: Time) => RDD<unknown>),
    ];
    return this.streamOf<U>(
      this.addNode({ operator: transform, inputs: streams.map((s) => s.node), slideMs, functions, ...options }),
    );
  }

  // ---- shared values -------------------------------------------------------------------------------------------------

  /** A value that tasks read, made on the driver and sent to each worker once. @throws MR_DUPLICATE_NAME */
  broadcast<V>(name: string, make: () => V): Broadcast<V> {
    checkFunction('broadcast', 'make', make);
    return this.broadcasts.add(name, make);
  }

  /** A sum that tasks add to. @throws MR_DUPLICATE_NAME */
  accumulator<V>(name: string, zero: V, add: (a: V, b: V) => V): Accumulator<V> {
    return this.accumulators.add(name, zero, add);
  }

  get #self(): StreamingContext {
    return this as unknown as StreamingContext;
  }

  #common(operator: string, streams: readonly DStream<unknown>[]): number {
    if (streams.length === 0) throw error('MR_EMPTY_STREAMS', { operator });
    if (streams[0].context !== this.#self) throw error('MR_MIXED_CONTEXTS', { operator });
    checkCompatible(operator, streams);
    return streams[0].node.slideMs;
  }
}

/** The batches of several streams, each with its type. */
export type BatchesOf<S extends readonly DStream<unknown>[]> = {
  readonly [I in keyof S]: S[I] extends DStream<infer T> ? RDD<T> : never;
};
