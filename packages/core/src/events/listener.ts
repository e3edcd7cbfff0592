import type { StageMetrics } from '../lineage/stage-graph.ts';
import type { ShuffleMetrics } from '../skew/shuffle-metrics.ts';
import type { StateMove } from '../skew/state-move.ts';

/** How the intake of an input goes, at the time of a batch: what waits, what limits it, what was turned away so far. */
export interface InputFlow {
  /** Records per second that the input takes at most now; null without a limit. */
  readonly rateLimit: number | null;
  /** Records and bytes that were received, or are known to be there, and wait for a batch: the lag. Bytes 0 if unknown. */
  readonly waitingRecords: number;
  readonly waitingBytes: number;
  /** Records that were not taken in since the start, so that their sender keeps them and knows it (HTTP 429). */
  readonly refused: number;
  /** Records that were thrown away since the start, by a policy that says so. */
  readonly dropped: number;
}

/** What one input had for one batch. */
export interface StreamInputInfo {
  readonly inputStreamId: number;
  readonly numRecords: number;
  /** Free-form facts; `Description` is what tools show. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** How intake goes; left out by inputs that buffer nothing. */
  readonly flow?: InputFlow;
}

/** One output operation of one batch. Times in ms since the epoch by the context's clock. */
export interface OutputOperationInfo {
  readonly batchTime: number;
  /** 0, 1, 2, … in definition order (R110). */
  readonly id: number;
  readonly name: string;
  readonly description: string;
  /** Attempt at the batch: 1, and more where `maxBatchFailures` allows them. */
  readonly attempt: number;
  readonly startTime: number | null;
  readonly endTime: number | null;
  /** Message of the error that it failed with, null if it did not. */
  readonly failureReason: string | null;
  /** endTime - startTime. */
  readonly duration: number | null;
}

/** Figures of the tasks of a batch. */
export interface BatchTaskInfo {
  readonly numTasks: number;
  /** Milliseconds of the slowest task, and of the mean one. */
  readonly slowestTaskMs: number;
  readonly meanTaskMs: number;
  /** Bytes and records that map tasks wrote for reducers; bytes only where they had to be encoded. */
  readonly shuffleBytes: number;
  readonly shuffleRecords: number;
  readonly stages: readonly StageMetrics[];
  /** How evenly each shuffle has spread its records over partitions, and its heavy keys; in the order of the stages. */
  readonly shuffles: readonly ShuffleMetrics[];
  /** State that has moved to other partitions with this batch, since some of them had more to do than others. */
  readonly stateMoves: readonly StateMove[];
  /** Attempts after the first, of tasks that threw or ran out of time. */
  readonly retriedTasks: number;
  /** Attempts that ran longer than `taskTimeout`. */
  readonly timedOutTasks: number;
  /** Copies of stragglers that were started, and those that finished before the task that they were copies of. */
  readonly speculativeTasks: number;
  readonly speculativeTasksWon: number;
}

/** How many records failed in an operator and did not fail the batch (`DStream.onError`). */
export interface RecordFailureInfo {
  /** Dropped. */
  readonly dropped: number;
  /** Written by a dead-letter sink. */
  readonly deadLetters: number;
}

/** A batch on its way: with each event more of it is known (R111). Times in ms since the epoch, delays in ms. */
export interface BatchInfo {
  readonly batchTime: number;
  /** The batch interval: time since the batch before. It changes only where it is adapted. */
  readonly batchInterval: number;
  readonly streamIdToInputInfo: ReadonlyMap<number, StreamInputInfo>;
  readonly submissionTime: number;
  readonly processingStartTime: number | null;
  readonly processingEndTime: number | null;
  readonly outputOperationInfos: ReadonlyMap<number, OutputOperationInfo>;
  /** start - submission (R117). */
  readonly schedulingDelay: number | null;
  /** end - start. */
  readonly processingDelay: number | null;
  /** end - submission. */
  readonly totalDelay: number | null;
  readonly numRecords: number;
  /** Attempt at the batch: 1, and more where `maxBatchFailures` allows them. */
  readonly attempt: number;
  /** Records that failed and were let go, by name of the operator; of batches that are complete and did not fail. */
  readonly recordFailures: ReadonlyMap<string, RecordFailureInfo>;
  /** Known when the batch is complete. */
  readonly tasks: BatchTaskInfo | null;
}

/** How a receiver is (R115). */
export interface ReceiverInfo {
  readonly streamId: number;
  /** Name of its stream. */
  readonly name: string;
  /** True between its start and its stop. */
  readonly active: boolean;
  /** Where it runs. */
  readonly location: 'driver' | 'worker';
  /** What it last complained about, or why it stopped; empty if nothing. */
  readonly lastErrorMessage: string;
  /** Message of the error behind it; empty if none. */
  readonly lastError: string;
  /** When that was, in ms since the epoch; -1 if never. */
  readonly lastErrorTime: number;
}

/**
 * Hears of a context's batches. All callbacks are optional; one that throws is reported and does not harm the batch.
 * Names and order are Spark's: for each batch submitted, started, the output operations one after the other, completed.
 *
 * @example
 * ```ts
 * ssc.addStreamingListener({
 *   onBatchCompleted: ({ batchInfo }) => console.log(batchInfo.numRecords, 'records in', batchInfo.processingDelay, 'ms'),
 * });
 * ```
 */
export interface StreamingListener {
  onStreamingStarted?(event: { readonly time: number }): void;
  onReceiverStarted?(event: { readonly receiverInfo: ReceiverInfo }): void;
  /** The receiver goes on (R123). */
  onReceiverError?(event: { readonly receiverInfo: ReceiverInfo }): void;
  onReceiverStopped?(event: { readonly receiverInfo: ReceiverInfo }): void;
  /** The batch interval has been adapted; the first batch of the new one is still to come. All in ms. */
  onBatchIntervalChanged?(event: {
    readonly time: number;
    readonly fromMs: number;
    readonly toMs: number;
    readonly reason: string;
  }): void;
  onBatchSubmitted?(event: { readonly batchInfo: BatchInfo }): void;
  onBatchStarted?(event: { readonly batchInfo: BatchInfo }): void;
  /** An attempt at the batch has failed, and another one begins. `attempt` in `batchInfo` is that of the new one. */
  onBatchRetried?(event: { readonly batchInfo: BatchInfo; readonly reason: string }): void;
  onBatchCompleted?(event: { readonly batchInfo: BatchInfo }): void;
  onOutputOperationStarted?(event: { readonly outputOperationInfo: OutputOperationInfo }): void;
  onOutputOperationCompleted?(event: { readonly outputOperationInfo: OutputOperationInfo }): void;
}

/** Names of the callbacks. */
export type ListenerEvent = keyof StreamingListener;
