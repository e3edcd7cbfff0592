import type { Duration, Health, LifeEnd, StreamingContext } from '@millrace/core';
import type { RunLog, StopReason } from '../log/events.ts';
import { BatchReporter } from './batch-reporter.ts';

const LOADING: Health = {
  status: 'starting',
  lag: { waitingBatches: 0, schedulingDelayMs: 0, schedulingDelayIntervals: 0, receivers: [] },
  failure: null,
  failedBatches: 0,
};

/** A loaded job from its start to its end. */
export class JobRun {
  readonly #log: RunLog;
  readonly #reporter: BatchReporter;
  readonly #over = Promise.withResolvers<LifeEnd>();
  #ssc: StreamingContext | null = null;
  /** Whether the stop that is under way processes what was received; null while there is none. */
  #stopping: { readonly graceful: boolean } | null = null;

  /** @param maxBatches the job is stopped after so many; null: never */
  constructor(log: RunLog, maxBatches: number | null) {
    this.#log = log;
    this.#reporter = new BatchReporter(log, (batches) => {
      // From inside a listener a stop would wait for itself.
      if (batches === maxBatches) queueMicrotask(() => this.stop('max-batches', { graceful: false }));
    });
  }

  get totals() {
    return this.#reporter.totals;
  }

  /** How the job is: starting while there is none. */
  get health(): Health {
    return this.#ssc?.health() ?? LOADING;
  }

  /** False until the job has begun to start. */
  get canStop(): boolean {
    return this.#ssc !== null;
  }

  /** Starts a job and waits until it is over; false if a batch failed. @throws what `start()` throws */
  async untilTheEnd(
    ssc: StreamingContext,
    about: { readonly job: string; readonly module: string; readonly backend: string },
  ): Promise<boolean> {
    ssc.addStreamingListener(this.#reporter);
    // A job may stop by itself, and one whose batch failed may go on: the end of the context is the end, nothing else.
    ssc.addLifeHooks({
      stopping: (options) => {
        this.#stopping ??= options;
      },
      end: (end) => this.#over.resolve(end),
    });
    this.#ssc = ssc;
    await ssc.start();
    if (this.#stopping === null) {
      const { batchDuration, defaultParallelism } = ssc;
      this.#log.started({ ...about, batchIntervalMs: batchDuration.milliseconds, defaultParallelism });
    }
    // The first error is told when it happens, not when the job has ended.
    ssc.awaitTermination().catch((e: unknown) => this.#log.error(e));
    const { failure } = await this.#over.promise;
    await ssc.stop();
    return failure === null;
  }

  /** Asks the job to stop; if it is stopping already it goes on doing so. */
  stop(reason: StopReason, options: { readonly graceful: boolean; readonly timeout?: Duration }): void {
    const begun = this.#stopping;
    this.#log.stopping(reason, (begun ?? options).graceful);
    if (begun !== null) return;
    this.#stopping = options;
    this.#ssc?.stop(options).catch((reason: unknown) => this.#over.reject(reason));
  }
}
