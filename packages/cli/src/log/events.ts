import type { BatchInfo, ReceiverInfo } from '@millrace/core';

/** Why a job is being stopped. */
export type StopReason = 'SIGINT' | 'SIGTERM' | 'max-batches' | 'output-closed';

/** What a run tells of itself, in the order in which it happens. */
export interface RunLog {
  started(job: {
    readonly job: string;
    readonly module: string;
    readonly backend: string;
    readonly batchIntervalMs: number;
    readonly defaultParallelism: number;
  }): void;
  /** Probes are answered at a URL. */
  healthAt(url: string): void;
  /** A batch has ended; failed if one of its outputs has. */
  batch(batch: BatchInfo): void;
  /** The batch interval has been adapted to the load. */
  intervalChanged(change: { readonly fromMs: number; readonly toMs: number; readonly reason: string }): void;
  receiver(what: 'started' | 'error' | 'stopped', receiver: ReceiverInfo): void;
  warning(message: string): void;
  /** The job could not be loaded or started, its first batch failed, or something was thrown that nobody caught. */
  error(error: unknown): void;
  stopping(reason: StopReason, graceful: boolean): void;
  stopped(totals: RunTotals): void;
  /** Dead letters were replayed. */
  replayed(totals: ReplayTotals): void;
}

/** What a replay came to. */
export interface ReplayTotals {
  /** Letters that were read. */
  readonly letters: number;
  /** Those of batches that went through. */
  readonly replayed: number;
  /** Of these the ones that failed again. */
  readonly failedAgain: number;
  /** Letters of which no record could be kept when it failed: nothing can be replayed. */
  readonly withoutRecord: number;
  readonly exitCode: number;
}

/** What a run came to. */
export interface RunTotals {
  readonly batches: number;
  /** Those of them with an output that failed. */
  readonly failedBatches: number;
  readonly records: number;
  readonly exitCode: number;
}

/** The outputs of a batch that failed, with the reason. */
export function failuresOf(batch: BatchInfo): { readonly output: string; readonly reason: string }[] {
  return [...batch.outputOperationInfos.values()]
    .filter((o) => o.failureReason !== null)
    .map((o) => ({ output: o.name, reason: o.failureReason as string }));
}
