import {
  type DStream,
  type ExecutionBackend,
  type Job,
  loadJob,
  type QueueEntry,
  type StreamingContext,
} from '@millrace/core';
import { checkStreams, endedByItself, noQueue } from './job-checks.ts';
import { signOfLife } from './sign-of-life.ts';
import { StepClock } from './step-clock.ts';

/** What every job module of the bench hands to the driver: where batches go in, unless it has a source of its own, and the stream that is delivered. */
export interface BenchStreams<T, U> {
  readonly queue?: QueueEntry<T>[];
  readonly output: DStream<U>;
}

/** What becomes of the output of each batch. */
export type Delivery =
  /** All records come to the driver. */
  | 'collect'
  /** They are made and counted where they are; the driver gets the number. */
  | 'count'
  /** Nothing looks at them, unless a batch is run by `collectBatch`. */
  | 'ignore'
  /** The job has outputs of its own, and none is attached. */
  | 'none';

/** How an engine is opened. */
export interface EngineOptions<P> {
  readonly job: URL;
  readonly backend: ExecutionBackend;
  readonly params?: P;
  readonly delivery?: Delivery;
  /** Directory of the job's checkpoint; without one there is none. */
  readonly checkpoint?: string;
  /** What the clock shows at first; later than the last batch where a job goes on. 0 unless given. */
  readonly nowMs?: number;
}

/** A started job that is driven batch by batch in a closed loop; what scheduling costs is part of every batch. */
export class Engine<T = unknown, U = unknown> {
  readonly ssc: StreamingContext;
  readonly #job: URL;
  readonly #queue: QueueEntry<T>[] | undefined;
  readonly #clock: StepClock;
  readonly #intervalMs: number;
  #delivery: Delivery = 'ignore';
  #completed = 0;
  #delivered: readonly U[] | number = 0;
  #failure: { readonly reason: unknown } | null = null;

  private constructor(
    job: URL,
    ssc: StreamingContext,
    streams: BenchStreams<T, U>,
    clock: StepClock,
    delivery: Delivery,
  ) {
    this.#job = job;
    this.ssc = ssc;
    this.#queue = streams.queue;
    this.#clock = clock;
    this.#intervalMs = ssc.batchDuration.milliseconds;
    this.#delivery = delivery;
    if (delivery === 'none') return;
    streams.output.foreachRDD(
      async (rdd) => {
        if (this.#delivery === 'collect') this.#delivered = await rdd.collect();
        else if (this.#delivery === 'count') this.#delivered = await rdd.count();
      },
      { name: 'deliver' },
    );
  }

  /** Loads a job, attaches the delivery and starts it. */
  static async open<T, U, P>(options: EngineOptions<P>): Promise<Engine<T, U>> {
    const { job, backend, params, delivery = 'collect', checkpoint, nowMs = 0 } = options;
    const clock = new StepClock(nowMs);
    const { ssc, streams } = await loadJob<Job<P, BenchStreams<T, U>>>(job, {
      backend,
      params: params as P,
      clock,
      warn: () => {},
      ...(checkpoint === undefined ? {} : { checkpoint }),
    });
    if (delivery !== 'none') checkStreams(job, streams);
    const engine = new Engine<T, U>(job, ssc, streams, clock, delivery);
    ssc.addStreamingListener({
      onBatchCompleted: () => {
        engine.#completed += 1;
      },
    });
    await ssc.start();
    ssc.awaitTermination().catch((reason) => {
      engine.#failure = { reason };
    });
    return engine;
  }

  /** Runs one batch to its end; null where the job's own source has it. What was delivered: records, their number, or 0 where nothing looked. */
  async batch(entry: QueueEntry<T> | null): Promise<readonly U[] | number> {
    this.#throwFailure();
    if (entry !== null) {
      if (this.#queue === undefined) throw noQueue(this.#job);
      this.#queue.push(entry);
    }
    // An output that is not due delivers nothing.
    this.#delivered = this.#delivery === 'collect' ? [] : 0;
    const earlier = this.#completed;
    this.#clock.step(this.#intervalMs);
    await this.ssc.awaitIdle();
    signOfLife();
    this.#throwFailure();
    // A batch of a job that has ended takes no time at all.
    if (entry !== null && this.#completed === earlier) throw endedByItself(this.#job);
    return this.#delivered;
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.reason;
  }

  /** The same, delivering all records whatever the engine usually delivers. */
  async collectBatch(entry: QueueEntry<T> | null): Promise<readonly U[]> {
    const usual = this.#delivery;
    this.#delivery = 'collect';
    try {
      return (await this.batch(entry)) as readonly U[];
    } finally {
      this.#delivery = usual;
    }
  }

  /** Stops the job and its backend. */
  async close(): Promise<void> {
    await this.ssc.stop();
  }
}
