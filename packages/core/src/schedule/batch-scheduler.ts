import { isMillraceError } from '../errors/index.ts';
import type { OutputOperationInfo } from '../events/listener.ts';
import type { ListenerBus } from '../events/listener-bus.ts';
import type { Batch, OutputJob } from './batch.ts';
import { BatchTicker } from './batch-ticker.ts';
import type { Clock } from './clock.ts';
import { DueTimes } from './due-times.ts';

/** What the scheduler asks of the rest of the engine. */
export interface SchedulerHost {
  /** What has to be waited for before a batch can be planned; null if nothing. */
  prepare(time: number): Promise<void> | null;
  /**
   * The jobs of a batch, one for each output that has one (R3). Throws what `transform` throws.
   * @param submissionTime now, by the clock that delays are measured with
   */
  generate(time: number, submissionTime: number): Batch;
  /** Runs one output operation. `earlier` are the batches that have not ended yet. */
  runJob(batch: Batch, job: OutputJob, earlier: readonly Batch[]): Promise<void>;
  /** After all outputs: applies what counts once for the batch. Throws if the batch cannot be completed. */
  commit(batch: Batch, earlier: readonly Batch[]): Promise<void>;
  /** A batch has failed for good, and later ones go on. `earlier` are the batches that had not ended when it began. */
  failed(batch: Batch, reason: unknown, earlier: readonly Batch[]): Promise<void>;
  /** `prepare` has failed: there is no batch at a time, and later ones go on. */
  unprepared(time: number): Promise<void>;
  /** `generate` has failed: the batch has failed before any of it has run, and later ones go on. */
  unplanned(time: number, reason: unknown): Promise<void>;
  /** Undoes what an attempt at a batch has done that did not commit: the batch is about to run again. */
  undo(batch: Batch): void;
  /** Forgets what is not needed after all batches up to a time have ended. */
  forget(time: number): void;
  /** A batch failed, or with null the job itself, with an error that `awaitTermination` shall rethrow. */
  report(error: unknown, time: number | null): void;
  /** Told that the clock was set back, and the time of the batch that comes when it has caught up. */
  clockSetBack(byMs: number, next: number): void;
  /** Told when an error stops the job. */
  halted(error: unknown): void;
}

export interface SchedulerOptions {
  readonly clock: Clock;
  /** To begin with; `changeInterval` changes it. */
  readonly batchIntervalMs: number;
  readonly concurrentJobs: number;
  /** Batches that are generated but not begun; later times wait as a range. */
  readonly maxPendingBatches: number;
  readonly stopOnFailure: boolean;
  /** How often a batch may fail before it counts as failed. At least 1. */
  readonly maxBatchFailures: number;
  readonly bus: ListenerBus;
}

/**
 * When batches run: every batch time gets its batch, in time order, output operations one after the other in definition
 * order (R9, R110). Times that are due while the job is behind wait as a span of numbers.
 */
export class BatchScheduler {
  readonly #host: SchedulerHost;
  readonly #options: SchedulerOptions;
  readonly #ticker: BatchTicker;
  readonly #queue: Batch[] = [];
  readonly #running: Batch[] = [];
  /** Due times that are not generated yet. */
  readonly #due = new DueTimes();
  #lastDue = 0;
  readonly #origin: number;
  #halted = false;
  /** True after a failure that ends the job: nothing commits any more. */
  #failed = false;
  #pumping = false;
  /** True while the next batch time waits: for `prepare`, or for what becomes of the one before. */
  #preparing = false;
  /** The batch time that `prepare` has been done for. */
  #prepared = Number.NEGATIVE_INFINITY;
  #idle: (() => void)[] = [];

  constructor(host: SchedulerHost, options: SchedulerOptions) {
    this.#host = host;
    this.#options = options;
    this.#origin = options.clock.now() - options.clock.elapsed();
    this.#ticker = new BatchTicker(
      options.clock,
      options.batchIntervalMs,
      (time) => this.due(time),
      (byMs, next) => host.clockSetBack(byMs, next),
    );
  }

  /** Begins with the first batch at `first` ms. */
  start(first: number): void {
    this.#lastDue = first - this.#ticker.period;
    this.#ticker.start(first);
  }

  /**
   * Goes on where an earlier run has stopped: batches at times that are due already, oldest first, then those of the grid.
   * @param due times with the time since the batch before
   * @param first of the grid, whose interval is `intervalMs`
   */
  resume(due: Iterable<readonly [time: number, intervalMs: number]>, first: number, intervalMs: number): void {
    for (const [time, intervalMs] of due) {
      this.#lastDue = time - intervalMs;
      this.due(time);
    }
    this.#lastDue = first - intervalMs;
    this.#ticker.start(first, intervalMs);
  }

  /** Batches at given times, oldest first, and no others: the clock makes none. */
  only(times: readonly number[]): void {
    this.#lastDue = (times[0] ?? 0) - this.#ticker.period;
    for (const time of times) this.due(time);
  }

  /** Has later batches come at another interval: a multiple or a divisor of every slide, counted from the zero time. */
  changeInterval(batchIntervalMs: number): void {
    this.#ticker.setPeriod(batchIntervalMs);
  }

  /** The batch time that follows a time. */
  nextAfter(time: number): number {
    return this.#ticker.nextAfter(time);
  }

  /** Takes no more ticks. Returns the last one. */
  stopTicking(): number | null {
    return this.#ticker.stop();
  }

  /** A batch time is due. */
  due(time: number): void {
    if (this.#halted) return;
    this.#due.push(time, time - this.#lastDue);
    this.#lastDue = time;
    this.#pump();
  }

  /** Throws away batches that have not begun (R103: what a stop without grace does). */
  halt(): void {
    this.#halted = true;
    this.#ticker.stop();
    this.#queue.length = 0;
    this.#due.clear();
    this.#settle();
  }

  /** Ends the job as a batch that failed would, though none has: what it needs to go on is gone. */
  fail(reason: unknown): void {
    this.#fail(reason, null, true);
  }

  /** Resolves when nothing is due, generated or running. */
  whenIdle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** True when no batch begins any more. */
  get halted(): boolean {
    return this.#halted;
  }

  /** Batches waiting: generated and due. */
  get waiting(): number {
    return this.#queue.length + this.#due.size;
  }

  /** True after a failure that ended the job. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Time between batches now, in ms. */
  get intervalMs(): number {
    return this.#ticker.period;
  }

  /** How long after its time in ms a batch waits or began, of those that have not ended the one that is worst. */
  get delayMs(): number {
    const waiting = this.#queue[0]?.time ?? this.#due.first();
    const delays = this.#running.map((b) => (b.started ?? b.time) - b.time);
    if (waiting !== undefined) delays.push(this.#options.clock.now() - waiting);
    return Math.max(0, ...delays);
  }

  #isIdle(): boolean {
    return this.#queue.length === 0 && this.#running.length === 0 && this.#due.isEmpty && !this.#preparing;
  }

  #settle(): void {
    if (!this.#isIdle()) return;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }

  #pump(): void {
    // Generation runs user code (transform), which may be slow or stop the context: never enter twice.
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (;;) {
        while (
          !this.#halted &&
          !this.#preparing &&
          !this.#due.isEmpty &&
          this.#queue.length < this.#options.maxPendingBatches
        ) {
          if (this.#isPrepared(this.#due.first() as number)) this.#generate();
        }
        if (this.#queue.length === 0 || this.#running.length >= this.#options.concurrentJobs) break;
        void this.#run(this.#queue.shift() as Batch);
      }
    } finally {
      this.#pumping = false;
    }
    this.#settle();
  }

  /** False while something has to be waited for; the batch is planned when that is done. */
  #isPrepared(time: number): boolean {
    if (this.#prepared === time) return true;
    const preparation = this.#host.prepare(time);
    if (preparation === null) return true;
    this.#preparing = true;
    preparation
      .catch((e: unknown) => {
        // The batch time is over: there is no batch without its input.
        if (!this.#halted) {
          this.#due.shift();
          this.#fail(e, time);
          return this.#goesOnWithout(time, () => this.#host.unprepared(time));
        }
        return undefined;
      })
      .finally(() => {
        this.#prepared = time;
        this.#preparing = false;
        this.#pump();
      });
    return false;
  }

  /** A batch time is over before anything of it has run: has that be written down, unless it ends the job. */
  async #goesOnWithout(time: number, work: () => Promise<void>): Promise<void> {
    if (this.#failed) return;
    await work().catch((e: unknown) => this.#fail(e, time, true));
  }

  #generate(): void {
    const time = this.#due.shift() as number;
    let batch: Batch;
    try {
      batch = this.#host.generate(time, this.#now());
    } catch (e) {
      this.#fail(e, time);
      this.#preparing = true;
      void this.#goesOnWithout(time, () => this.#host.unplanned(time, e)).finally(() => {
        this.#preparing = false;
        this.#pump();
      });
      return;
    }
    if (!hasJobs(batch) && batch.advances.length === 0) {
      // Without jobs there is no batch and no event (R5); only what is remembered must not pile up.
      if (this.#queue.length === 0 && this.#running.length === 0) this.#host.forget(time);
      return;
    }
    this.#queue.push(batch);
    const { bus } = this.#options;
    if (hasJobs(batch) && bus.hears('onBatchSubmitted')) bus.post('onBatchSubmitted', { batchInfo: batch.info() });
  }

  async #run(batch: Batch): Promise<void> {
    const earlier = [...this.#running];
    this.#running.push(batch);
    const { bus } = this.#options;
    batch.started = this.#now();
    if (hasJobs(batch) && bus.hears('onBatchStarted')) bus.post('onBatchStarted', { batchInfo: batch.info() });
    let failure = await this.#attempt(batch, earlier);
    while (failure !== null && this.#mayRunAgain(batch, failure.reason)) {
      this.#host.undo(batch);
      batch.beginAgain();
      if (hasJobs(batch) && bus.hears('onBatchRetried'))
        bus.post('onBatchRetried', { batchInfo: batch.info(), reason: messageOf(failure.reason) });
      failure = await this.#attempt(batch, earlier);
    }
    batch.ended = this.#now();
    if (failure !== null) {
      this.#fail(failure.reason, batch.time);
      if (!this.#failed)
        await this.#host.failed(batch, failure.reason, earlier).catch((e: unknown) => this.#fail(e, batch.time, true));
    }
    if (hasJobs(batch) && bus.hears('onBatchCompleted')) bus.post('onBatchCompleted', { batchInfo: batch.info() });
    this.#end(batch);
  }

  /** Runs all outputs and commits. @returns the first failure; null if there is none */
  async #attempt(batch: Batch, earlier: readonly Batch[]): Promise<{ readonly reason: unknown } | null> {
    let failure: { readonly reason: unknown } | null = null;
    for (const job of batch.jobs) {
      if (this.#failed) break;
      const reason = await this.#runJob(batch, job, earlier);
      failure ??= reason;
    }
    if (failure !== null || this.#failed) return failure;
    try {
      await this.#host.commit(batch, earlier);
    } catch (reason) {
      return { reason };
    }
    return null;
  }

  /** Not when the job is stopping, and not for state that is gone: that will be so the next time, too. */
  #mayRunAgain(batch: Batch, reason: unknown): boolean {
    return batch.attempt < this.#options.maxBatchFailures && !this.#halted && !isMillraceError(reason, 'MR_STATE_LOST');
  }

  /** Runs one output; a failure is booked and does not stop the other outputs of the batch (R113). */
  async #runJob(batch: Batch, job: OutputJob, earlier: readonly Batch[]): Promise<{ readonly reason: unknown } | null> {
    const { bus } = this.#options;
    const { output } = job;
    const startTime = this.#now();
    const base = {
      batchTime: batch.time,
      id: output.outputId,
      name: output.name,
      description: `${output.operator.kind} at ${output.createdAt}`,
      attempt: batch.attempt,
    };
    const begun: OutputOperationInfo = { ...base, startTime, endTime: null, failureReason: null, duration: null };
    batch.setOutput(begun);
    if (bus.hears('onOutputOperationStarted')) bus.post('onOutputOperationStarted', { outputOperationInfo: begun });
    let failure: { readonly reason: unknown } | null = null;
    try {
      await this.#host.runJob(batch, job, earlier);
    } catch (reason) {
      failure = { reason };
    }
    const endTime = this.#now();
    const failureReason = failure === null ? null : messageOf(failure.reason);
    const ended: OutputOperationInfo = { ...base, startTime, endTime, failureReason, duration: endTime - startTime };
    batch.setOutput(ended);
    if (bus.hears('onOutputOperationCompleted')) bus.post('onOutputOperationCompleted', { outputOperationInfo: ended });
    return failure;
  }

  #end(batch: Batch): void {
    this.#running.splice(this.#running.indexOf(batch), 1);
    // With several batches at once a later one may end first: forget only up to what no running batch needs.
    const limit = this.#running.reduce((t, b) => Math.min(t, b.time - 1), batch.time);
    this.#host.forget(limit);
    batch.finish();
    this.#pump();
  }

  /** @param always whether the job ends even if it goes on after failures: what it does can no longer be written down */
  #fail(reason: unknown, time: number | null, always = false): void {
    this.#host.report(reason, time);
    if (!this.#options.stopOnFailure && !always) return;
    this.#failed = true;
    this.halt();
    this.#host.halted(reason);
  }

  /** Wall-clock ms with the fractions of the steady clock, so that delays below a millisecond show. */
  #now(): number {
    return this.#origin + this.#options.clock.elapsed();
  }
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

/** Without jobs there is no batch, as listeners see it (R5); state may go on nevertheless. */
function hasJobs(batch: Batch): boolean {
  return batch.jobs.length > 0;
}
