import type { Readable } from 'node:stream';
import {
  InputDStream,
  type InputFlow,
  type Named,
  type SourceBatch,
  type SourcePartition,
  type StreamingContext,
} from '@millrace/core';
import { checkOptionNames, checkRate, error } from '@millrace/core/connector';
import { Intake } from '../intake/intake.ts';
import { Pace } from '../intake/pace.ts';
import { positive } from '../options.ts';
import { checkSource, type IterableSource, openSource } from './iterable-source.ts';

/** Options of `iterableStream`. */
export interface IterableOptions extends Named {
  /** Nothing is pulled while this many records wait for a batch. 10,000 unless given. */
  readonly maxBuffered?: number;
  /**
   * Records per second that are pulled at most; no limit unless given. Backpressure may set a lower one. Of a Readable of bytes a
   * chunk is pulled whole, and the next when its lines are paid for.
   */
  readonly maxRate?: number;
  /** Most records of one batch; the others wait for the next. All that are buffered unless given. */
  readonly maxPerBatch?: number;
  /** Partitions of a batch, neighbouring records together; the context's default parallelism unless given. */
  readonly numPartitions?: number;
  /** Longest line of a Readable of bytes or text, in UTF-16 units; a longer one is an error. 2^24 unless given. */
  readonly maxLineLength?: number;
}

const OPTIONS: readonly (keyof IterableOptions)[] = [
  'name',
  'maxBuffered',
  'maxRate',
  'maxPerBatch',
  'numPartitions',
  'maxLineLength',
];
const MAX_BUFFERED = 10_000;
const MAX_LINE_LENGTH = 2 ** 24;

/**
 * Batches from anything that can be iterated: arrays, generators, async generators, Readables, web streams.
 *
 * Each batch gets what is buffered at its time, in order, each record once. The source is pulled only while fewer than
 * `maxBuffered` records wait, and no faster than `maxRate` and backpressure allow, so a slow job slows the source down and
 * memory stays bounded. A Readable in object mode
 * gives its objects; any other Readable gives its lines, decoded as UTF-8 unless it has an encoding.
 *
 * After the end batches are empty, and `ended` of the stream resolves. When the source throws, the records that came
 * before are processed, then a batch fails with MR_SOURCE_FAILED, whose `cause` is the source's error; later batches are
 * empty. A graceful `stop()` of the context processes what is buffered.
 *
 * With a checkpoint, records that batches have got are safe; those that were only buffered when the process died are not. After
 * a restart an array goes on behind the last record that a batch has got, a function is called with how many there were,
 * and anything else begins anew.
 *
 * In a job module give a function: `() => iterable`. It is called on the driver when the job starts; workers build the
 * stream as well, but never start it. An iterable itself would be made once in each worker, for nothing.
 *
 * @param source an iterable, an async iterable, a Readable, or a function that returns one
 * @throws MR_OPTION for something that cannot be iterated, or a number that is not a whole one of at least 1; at start
 *   MR_SOURCE_FAILED when the function throws or returns nothing that can be iterated
 * @example
 * ```ts
 * async function* prices() {
 *   for await (const message of socket) yield JSON.parse(message) as Price;
 * }
 * const stream = iterableStream(ssc, prices, { maxPerBatch: 1000 });
 * stream.map((p) => [p.symbol, p.amount]).reduceByKey((a, b) => a + b).print();
 * await ssc.start();
 * await stream.ended;
 * await ssc.stop({ graceful: true });
 * ```
 * @example Lines of the standard input
 * ```ts
 * iterableStream(ssc, () => process.stdin).flatMap((line) => line.split(' ')).countByValue().print();
 * ```
 */
export function iterableStream<T = string>(
  ssc: StreamingContext,
  source: Readable | (() => Readable),
  options?: IterableOptions,
): IterableInputDStream<T>;
export function iterableStream<T>(
  ssc: StreamingContext,
  source: IterableSource<T>,
  options?: IterableOptions,
): IterableInputDStream<T>;
export function iterableStream<T>(
  ssc: StreamingContext,
  source: IterableSource<T>,
  options: IterableOptions = {},
): IterableInputDStream<T> {
  return new IterableInputDStream<T>(ssc, source, options);
}

/** The stream that `iterableStream` makes. */
export class IterableInputDStream<T> extends InputDStream<T> {
  readonly #source: IterableSource<T>;
  readonly #maxPerBatch: number;
  readonly #maxLineLength: number;
  readonly #numPartitions: number;
  readonly #intake: Intake<T>;
  readonly #maxRate: number | null;
  #pace: Pace | null = null;
  #handedOut = 0;

  /** See `iterableStream`. */
  constructor(ssc: StreamingContext, source: IterableSource<T>, options: IterableOptions = {}) {
    checkSource(source);
    checkOptionNames('iterableStream', options, OPTIONS);
    if (options.maxRate !== undefined) checkRate('iterableStream: maxRate', options.maxRate);
    const maxBuffered = positive('iterableStream: maxBuffered', options.maxBuffered ?? MAX_BUFFERED);
    const maxPerBatch =
      options.maxPerBatch === undefined
        ? Number.POSITIVE_INFINITY
        : positive('iterableStream: maxPerBatch', options.maxPerBatch);
    const numPartitions = positive('iterableStream: numPartitions', options.numPartitions ?? ssc.defaultParallelism);
    const maxLineLength = positive('iterableStream: maxLineLength', options.maxLineLength ?? MAX_LINE_LENGTH);
    super(ssc, { name: options.name, kind: 'iterableStream' });
    this.#source = source;
    this.#maxPerBatch = maxPerBatch;
    this.#maxRate = options.maxRate ?? null;
    this.#maxLineLength = maxLineLength;
    this.#numPartitions = numPartitions;
    this.#intake = new Intake<T>({ maxBuffered, failed: (cause) => this.#failed(cause) });
  }

  /**
   * Resolves when the source has ended and its last record was handed to a batch, or when the context was stopped before
   * that; rejects with MR_SOURCE_FAILED when the source failed. What a program awaits before it stops the context.
   */
  get ended(): Promise<void> {
    return this.#intake.ended;
  }

  /** How many records wait for a batch. */
  get buffered(): number {
    return this.#intake.size;
  }

  override start(): void {
    const { clock, options } = this.context;
    const { backpressure } = options;
    const initialRate = typeof backpressure === 'object' ? (backpressure.initialRate ?? null) : null;
    try {
      this.#pace = new Pace({ maxRate: this.#maxRate, initialRate }, clock);
      this.#intake.open(openSource(this.#source, clock, this.#maxLineLength, this.#handedOut), this.#pace);
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  override async stop(): Promise<void> {
    try {
      await this.#intake.close();
    } catch (e) {
      // The `finally` of a generator; the records are all there, and the context has to be stopped.
      this.context.warn(`The source ${this.name} threw when it was closed: ${String(e)}`);
    }
  }

  override hasPending(): boolean {
    return this.#intake.pending;
  }

  override onRate(recordsPerSecond: number): void {
    this.#pace?.update(recordsPerSecond);
    this.#intake.paceChanged();
  }

  override flow(): InputFlow {
    const rateLimit = this.#pace === null ? this.#maxRate : this.#pace.rate;
    return { rateLimit, waitingRecords: this.#intake.size, waitingBytes: 0, refused: 0, dropped: 0 };
  }

  override compute(): SourceBatch {
    const records = this.#intake.take(this.#maxPerBatch);
    const first = this.#handedOut;
    this.#handedOut += records.length;
    const Description = records.length === 0 ? 'no records' : `records ${first} to ${this.#handedOut - 1}`;
    return { partitions: cut(records, this.#numPartitions), numRecords: records.length, metadata: { Description } };
  }

  override saveProgress(): number {
    return this.#handedOut;
  }

  override restoreProgress(handedOut: number): void {
    this.#handedOut = handedOut;
  }

  #failed(cause: unknown): Error {
    const reason = cause instanceof Error ? `it threw ${String(cause)}` : `it threw ${typeof cause} ${String(cause)}`;
    return error('MR_SOURCE_FAILED', { source: this.name, reason }, { cause });
  }
}

/** Records over n partitions of equal size but for one record. */
function cut(records: readonly unknown[], n: number): SourcePartition[] {
  if (n === 1 || records.length === 0) return [{ kind: 'live', records }];
  return Array.from({ length: n }, (_, p) => {
    const [from, to] = [p, p + 1].map((i) => Math.floor((i * records.length) / n));
    return { kind: 'live', records: records.slice(from, to) };
  });
}
