import { type ErrorCode, isMillraceError, toErrorData } from '../errors/index.ts';
import { type Duration, durationMs } from './time.ts';

/**
 * How a job is, in one word.
 *
 * - `starting`: `start()` was not called, or is not through.
 * - `ready`: batches begin about when they are due.
 * - `lagging`: a batch begins, or waits, longer after its time than `laggingAfter` allows.
 * - `failed`: `start()` failed, or a batch or the log of received data did and the job ended with it.
 * - `stopped`: `stop()` was called; with `graceful` what was received may still be under way, `lag` says how much.
 */
export type HealthStatus = 'starting' | 'ready' | 'lagging' | 'failed' | 'stopped';

/** What one input has received, or knows to be there, and no batch has begun to process. */
export interface InputBacklog {
  /** Name of the stream. */
  readonly stream: string;
  readonly records: number;
  /** 0 where it is not known. */
  readonly bytes: number;
}

/** How far a job is behind. All zero when it is not. */
export interface Lag {
  /** Batches that are due and have not begun. */
  readonly waitingBatches: number;
  /**
   * Milliseconds between the time of a batch and its begin: of the batch that waits longest, so far, or of a running one
   * if that is more. Unlike the figure of the same name in `BatchInfo` it counts from the batch's time, not from when it was
   * planned.
   */
  readonly schedulingDelayMs: number;
  /** The same in batch intervals. */
  readonly schedulingDelayIntervals: number;
  /** What waits in receivers, a stream an entry. */
  readonly receivers: readonly InputBacklog[];
}

/** Why a batch, the log of received data, or `start()`, failed. */
export interface HealthFailure {
  /** Code of the catalogue; null for an error that is not of Millrace. */
  readonly code: ErrorCode | null;
  readonly message: string;
  /** Time in ms of the batch that failed; null if it was not a batch. */
  readonly batchTime: number | null;
}

/** How a job is: what `StreamingContext.health()` returns. Plain data. */
export interface Health {
  readonly status: HealthStatus;
  readonly lag: Lag;
  /**
   * With `failed` what ended the job. With any other status the last batch that failed in a job that goes on after a
   * failure; null if none has.
   */
  readonly failure: HealthFailure | null;
  /** Batches that failed since the start. */
  readonly failedBatches: number;
}

/** What is known of a job: by its scheduler, its inputs and its context. */
export interface HealthFacts {
  readonly phase: 'starting' | 'running' | 'stopped';
  /** Whether a failure ended the job. */
  readonly failed: boolean;
  /** The last failure. */
  readonly failure: { readonly reason: unknown; readonly batchTime: number | null } | null;
  readonly failedBatches: number;
  readonly waitingBatches: number;
  readonly schedulingDelayMs: number;
  readonly batchIntervalMs: number;
  readonly receivers: readonly InputBacklog[];
  /** The longest scheduling delay that is no lag. */
  readonly laggingAfterMs: number;
}

/** What is known of a job that has not begun to run. */
export function notRunning(batchIntervalMs: number): Omit<HealthFacts, 'phase' | 'laggingAfterMs'> {
  return {
    failed: false,
    failure: null,
    failedBatches: 0,
    waitingBatches: 0,
    schedulingDelayMs: 0,
    batchIntervalMs,
    receivers: [],
  };
}

/** A job of short batches is not called lagging for a pause of the garbage collector. */
const LEAST_LAGGING_MS = 1000;
const LAGGING_INTERVALS = 3;

/** The scheduling delay beyond which a job lags: the option, else 3 batch intervals and at least 1 s. @throws MR_DURATION */
export function laggingAfterMs(option: Duration | undefined, batchIntervalMs: number): number {
  if (option !== undefined) return durationMs(option, 'laggingAfter');
  return Math.max(LEAST_LAGGING_MS, LAGGING_INTERVALS * batchIntervalMs);
}

/** Facts to a verdict. Failure goes before the end: why it stopped is what somebody wants to know. */
export function healthOf(facts: HealthFacts): Health {
  const { waitingBatches, schedulingDelayMs, batchIntervalMs, receivers, failure, failedBatches } = facts;
  return {
    status: statusOf(facts),
    lag: {
      waitingBatches,
      schedulingDelayMs,
      schedulingDelayIntervals: schedulingDelayMs / batchIntervalMs,
      receivers,
    },
    failure: failure === null ? null : failureOf(failure.reason, failure.batchTime),
    failedBatches,
  };
}

function statusOf({ phase, failed, schedulingDelayMs, laggingAfterMs: limit }: HealthFacts): HealthStatus {
  if (failed) return 'failed';
  if (phase !== 'running') return phase;
  return schedulingDelayMs > limit ? 'lagging' : 'ready';
}

function failureOf(reason: unknown, batchTime: number | null): HealthFailure {
  const code = isMillraceError(reason) ? reason.code : null;
  return { code, message: toErrorData(reason).message, batchTime };
}
