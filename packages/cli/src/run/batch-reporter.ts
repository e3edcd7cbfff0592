import type { BatchInfo, ReceiverInfo, StreamingListener } from '@millrace/core';
import { failuresOf, type RunLog, type RunTotals } from '../log/events.ts';

/** Tells the log of a context's batches and receivers, and adds them up. */
export class BatchReporter implements StreamingListener {
  readonly #log: RunLog;
  readonly #ended: (batches: number) => void;
  #batches = 0;
  #failedBatches = 0;
  #records = 0;

  /** @param ended is told after each batch how many there have been */
  constructor(log: RunLog, ended: (batches: number) => void) {
    this.#log = log;
    this.#ended = ended;
  }

  get totals(): Omit<RunTotals, 'exitCode'> {
    return { batches: this.#batches, failedBatches: this.#failedBatches, records: this.#records };
  }

  onBatchCompleted({ batchInfo }: { readonly batchInfo: BatchInfo }): void {
    this.#batches += 1;
    this.#records += batchInfo.numRecords;
    if (failuresOf(batchInfo).length > 0) this.#failedBatches += 1;
    this.#log.batch(batchInfo);
    this.#ended(this.#batches);
  }

  onBatchIntervalChanged(change: { readonly fromMs: number; readonly toMs: number; readonly reason: string }): void {
    this.#log.intervalChanged(change);
  }

  onReceiverStarted({ receiverInfo }: { readonly receiverInfo: ReceiverInfo }): void {
    this.#log.receiver('started', receiverInfo);
  }

  onReceiverError({ receiverInfo }: { readonly receiverInfo: ReceiverInfo }): void {
    this.#log.receiver('error', receiverInfo);
  }

  onReceiverStopped({ receiverInfo }: { readonly receiverInfo: ReceiverInfo }): void {
    this.#log.receiver('stopped', receiverInfo);
  }
}
