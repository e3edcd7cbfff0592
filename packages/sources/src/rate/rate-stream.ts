import {
  type Duration,
  InputDStream,
  type InputFlow,
  type Named,
  type SourceBatch,
  type StreamingContext,
  type Time,
} from '@millrace/core';
import { checkOptionNames, checkRate, checkWhole, durationMs, error } from '@millrace/core/connector';
import { generate, type MakeRecord, type RecordRange } from './generate.ts';

/** Options of `rateStream`. */
export interface RateOptions<T> extends Named {
  /**
   * Records per second of batch time: a number, or a function of the seconds since the start, which the driver asks once for each
   * batch, for its beginning.
   */
  readonly recordsPerSecond: number | ((seconds: number) => number);
  /**
   * Makes the i-th record, from 0, in the tasks. `random` gives numbers in [0, 1) that depend on the seed and on `i`, while the function
   * runs.
   */
  readonly record: MakeRecord<T>;
  /** Another seed gives other random numbers: a text, or a whole number. 0 unless given. */
  readonly seed?: string | number;
  /** Partitions of a batch, each made by its own task; the context's default parallelism unless given. */
  readonly numPartitions?: number;
  /** After so many records batches are empty, and `ended` of the stream resolves. No end unless given. */
  readonly maxRecords?: number;
  /** The rate rises from 0 in even steps over this time. Not with a function. */
  readonly rampUp?: Duration;
}

const OPTIONS: readonly (keyof RateOptions<unknown>)[] = [
  'name',
  'recordsPerSecond',
  'record',
  'seed',
  'numPartitions',
  'maxRecords',
  'rampUp',
];

/**
 * Made-up records at a steady rate, for load tests and demos. The i-th record is the same in every run and on every backend. The
 * batch at time t has the records that are due from the batch before up to t, by batch time and not by the clock on the wall: with
 * 1000 records per second and batches of 200 ms, each has exactly 200. Tasks make them; nothing passes the driver.
 *
 * With backpressure a batch has no more than the rate allows; the others wait, and listeners see how many (`waitingRecords`).
 *
 * @throws MR_OPTION, MR_DURATION. What `record` throws fails its batch.
 * @example
 * ```ts
 * const payments = rateStream(ssc, {
 *   recordsPerSecond: 50,
 *   record: (i, random) => ({ id: i, card: Math.floor(random() * 10), amount: Math.round(random() * 10_000) / 100 }),
 *   seed: 'demo',
 * });
 * payments.map(({ card, amount }) => [card, amount]).reduceByKey((a, b) => a + b).print();
 * ```
 * @example A day in a minute
 * ```ts
 * const visits = rateStream(ssc, {
 *   recordsPerSecond: (seconds) => 500 * (1 - Math.cos((seconds / 60) * 2 * Math.PI)),
 *   record: (_i, random) => `/page/${Math.floor(random() * 20)}`,
 * });
 * ```
 */
export function rateStream<T>(ssc: StreamingContext, options: RateOptions<T>): RateInputDStream<T> {
  return new RateInputDStream(ssc, options);
}

/** Where the stream stands, for a checkpoint. Plain data. */
interface RateProgress {
  readonly start: number | null;
  readonly last: number;
  readonly due: number;
  readonly handedOut: number;
  readonly unused: number;
}

/** The stream that `rateStream` makes. */
export class RateInputDStream<T> extends InputDStream<T> {
  readonly #perSecond: (seconds: number) => number;
  readonly #constant: number | null;
  readonly #rampUpMs: number;
  readonly #numPartitions: number;
  readonly #maxRecords: number;
  readonly #end = Promise.withResolvers<void>();
  #stopped = false;
  /** Batch time at which it began, and of the last batch. */
  #start: number | null = null;
  #last = 0;
  /** Records that are due since the start, with a fraction, and those that batches have got. */
  #due = 0;
  #handedOut = 0;
  /** What backpressure allows, in records per second, and what of it is unused: less than a record. */
  #limit: number | null;
  #unused = 0;

  /** See `rateStream`. */
  constructor(ssc: StreamingContext, options: RateOptions<T>) {
    checkOptionNames('rateStream', options, OPTIONS);
    const { recordsPerSecond, record, seed = 0, numPartitions, maxRecords, rampUp } = options;
    const refuse = (option: string, value: unknown, rule: string) =>
      error('MR_OPTION', { option: `rateStream: ${option}`, value, rule });
    if (typeof recordsPerSecond !== 'function') checkRate('rateStream: recordsPerSecond', recordsPerSecond);
    if (typeof record !== 'function') throw refuse('record', record, 'must be a function that makes the i-th record');
    if (typeof seed !== 'string' && !Number.isSafeInteger(seed))
      throw refuse('seed', seed, 'must be a text or a whole number');
    if (rampUp !== undefined && typeof recordsPerSecond === 'function')
      throw refuse('rampUp', rampUp, 'cannot be given together with a function, which can rise by itself');
    const rampUpMs = rampUp === undefined ? 0 : durationMs(rampUp, 'rateStream: rampUp', { allowZero: true });
    if (maxRecords !== undefined) checkWhole('rateStream: maxRecords', maxRecords, 1);
    const partitions = checkWhole('rateStream: numPartitions', numPartitions ?? ssc.defaultParallelism, 1);
    super(ssc, {
      name: options.name,
      kind: 'rateStream',
      read: (range: RecordRange) => generate(range, record, seed),
    });
    this.#constant = typeof recordsPerSecond === 'function' ? null : recordsPerSecond;
    this.#perSecond = typeof recordsPerSecond === 'function' ? recordsPerSecond : () => recordsPerSecond;
    this.#rampUpMs = rampUpMs;
    this.#numPartitions = partitions;
    this.#maxRecords = maxRecords ?? Number.POSITIVE_INFINITY;
    const { backpressure } = ssc.options;
    this.#limit = typeof backpressure === 'object' ? (backpressure.initialRate ?? null) : null;
  }

  /** Resolves when the last of `maxRecords` was handed to a batch, or when the context was stopped before that. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** What is due stays due; nothing more becomes due. */
  override stop(): void {
    this.#stopped = true;
    this.#end.resolve();
  }

  override hasPending(): boolean {
    return this.#waiting > 0;
  }

  override onRate(recordsPerSecond: number): void {
    if (recordsPerSecond > 0) this.#limit = recordsPerSecond;
  }

  override flow(): InputFlow {
    return { rateLimit: this.#limit, waitingRecords: this.#waiting, waitingBytes: 0, refused: 0, dropped: 0 };
  }

  override compute({ milliseconds: time }: Time): SourceBatch {
    const interval = time - (this.#start === null ? time - this.context.batchDuration.milliseconds : this.#last);
    this.#start ??= time - interval;
    this.#last = time;
    if (!this.#stopped) this.#due = this.#dueAt(time, interval);
    const from = this.#handedOut;
    const to = from + this.#allowed(interval);
    this.#handedOut = to;
    if (to >= this.#maxRecords) this.#end.resolve();
    return {
      partitions: from === to ? [{ kind: 'live', records: [] }] : ranges(from, to, this.#numPartitions),
      numRecords: to - from,
      metadata: { Description: from === to ? 'no records' : `records ${from} to ${to - 1}` },
    };
  }

  override saveProgress(): RateProgress {
    return {
      start: this.#start,
      last: this.#last,
      due: this.#due,
      handedOut: this.#handedOut,
      unused: this.#unused,
    };
  }

  override restoreProgress({ start, last, due, handedOut, unused }: RateProgress): void {
    this.#start = start;
    this.#last = last;
    this.#due = due;
    this.#handedOut = handedOut;
    this.#unused = unused;
  }

  get #waiting(): number {
    // What rounding takes from a whole number is given back.
    return Math.max(0, Math.floor(this.#due + 1e-6) - this.#handedOut);
  }

  /** Records due since the start. Of a number they are computed anew each time, so that rounding does not add up. */
  #dueAt(time: number, interval: number): number {
    const begin = time - interval;
    const elapsed = time - (this.#start as number);
    const due =
      this.#constant === null
        ? this.#due + (this.#asked((begin - (this.#start as number)) / 1000) * interval) / 1000
        : (this.#constant * rampedMs(elapsed, this.#rampUpMs)) / 1000;
    return Math.min(this.#maxRecords, due);
  }

  #asked(seconds: number): number {
    const rate = this.#perSecond(seconds);
    if (Number.isFinite(rate) && rate >= 0) return rate;
    const rule = `must give a number of at least 0, also for ${seconds} s`;
    throw error('MR_OPTION', { option: 'rateStream: recordsPerSecond', value: rate, rule });
  }

  /** How many of those that wait this batch may have. */
  #allowed(interval: number): number {
    const waiting = this.#waiting;
    if (this.#limit === null) return waiting;
    const allowed = this.#unused + (this.#limit * interval) / 1000;
    const taken = Math.min(waiting, Math.floor(allowed + 1e-6));
    this.#unused = Math.min(1, allowed - taken);
    return taken;
  }
}

/** The time at full rate in which as many records are due as in a time that begins with a ramp. */
function rampedMs(elapsed: number, rampUp: number): number {
  return elapsed < rampUp ? elapsed ** 2 / (2 * rampUp) : elapsed - rampUp / 2;
}

/** Neighbouring records stay together. */
function ranges(from: number, to: number, n: number): SourceBatch['partitions'] {
  const size = to - from;
  return Array.from({ length: n }, (_, p) => {
    const range: RecordRange = { from: from + Math.floor((p * size) / n), to: from + Math.floor(((p + 1) * size) / n) };
    return { kind: 'range', range, count: range.to - range.from };
  });
}
