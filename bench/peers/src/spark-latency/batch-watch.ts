import type { StreamingContext } from '@millrace/core';
import type { TimedBatch } from './timed-batch.ts';

/** With fewer batches waiting nothing is given up. */
const HOPELESS = 25;

/** What a watch does besides. */
export interface WatchHooks {
  readonly onSubmitted?: () => void;
  /** @param ended batches so far */
  readonly onCompleted?: (ended: number) => void;
}

/** Hears of the batches of a job of Millrace, and gives it up when they pile up. `BatchWatch.java` does the same for Spark. */
export class BatchWatch {
  readonly #batches: (TimedBatch & { readonly time: number })[] = [];
  readonly #hopeless = Promise.withResolvers<void>();
  #submitted = 0;

  /** @param giveUpMs a job whose waiting batches were due over so long is given up */
  constructor(ssc: StreamingContext, giveUpMs: number, { onSubmitted, onCompleted }: WatchHooks = {}) {
    const intervalMs = ssc.batchDuration.milliseconds;
    ssc.addStreamingListener({
      onBatchSubmitted: () => {
        this.#submitted += 1;
        onSubmitted?.();
        const waiting = this.#submitted - this.#batches.length;
        if (waiting > HOPELESS && waiting * intervalMs > giveUpMs) this.#hopeless.resolve();
      },
      onBatchCompleted: ({ batchInfo: { batchTime, processingStartTime, processingDelay } }) => {
        const delayMs = (processingStartTime ?? batchTime) - batchTime;
        this.#batches.push({ time: batchTime, delayMs, processingMs: processingDelay ?? 0 });
        onCompleted?.(this.#batches.length);
      },
    });
  }

  /** Resolves when too many batches wait. */
  get hopeless(): Promise<void> {
    return this.#hopeless.promise;
  }

  /** Batches that have ended, from a number of them or from a batch time on. */
  after(from: { readonly batch: number } | { readonly time: number }): TimedBatch[] {
    return 'batch' in from ? this.#batches.slice(from.batch) : this.#batches.filter(({ time }) => time >= from.time);
  }
}
