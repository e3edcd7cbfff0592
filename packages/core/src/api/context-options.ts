import type { CheckpointStore } from '../checkpoint/store.ts';
import type { SegmentLogOptions } from '../log/segment-log.ts';
import type { IntakeOptions } from '../receiver/receiver-settings.ts';
import type { Clock } from '../schedule/clock.ts';
import type { BackpressureOptions } from '../schedule/rate-controller.ts';
import type { OnError } from './on-error.ts';
import type { SpeculationOptions } from './speculation-options.ts';
import type { Duration } from './time.ts';

/** A context's life (R90). */
export type StreamingContextState = 'INITIALIZED' | 'ACTIVE' | 'STOPPED';

/**
 * Bounds of a batch interval that the engine adapts. The job begins with its own batch interval. Only multiples of `min` are
 * taken that divide every window and every slide, so these keep their meaning; streams without a window of their own slide
 * have a batch at every batch time, however far apart these are.
 */
export interface AdaptiveIntervalOptions {
  /** The shortest batch interval. */
  readonly min: Duration;
  /** The longest batch interval. */
  readonly max: Duration;
}

/** Where checkpoints are kept: a directory, or a store. */
export type CheckpointPlace = string | CheckpointStore;

/** How a job keeps checkpoints. */
export interface CheckpointOptions {
  /**
   * What becomes of batch times that were missed while the job was down: each gets its batch (`run`, the default, as in
   * Spark), or they are left out and written down as skipped.
   */
  readonly missedBatches?: 'run' | 'skip';
  /** Of more missed batch times than this the oldest are left out, with a warning; 10,000 unless given. */
  readonly maxMissedBatches?: number;
  /**
   * The log in which what receivers store is safe before it is acknowledged (`spark.streaming.receiver.writeAheadLog.enable`). On,
   * in the checkpoint's directory, unless it is false; for a store that is no directory it is off unless `dir` says where.
   */
  readonly writeAheadLog?: false | WriteAheadLogOptions;
  /**
   * Names of nodes and outputs, and `batch interval` or `name of the job`, that may differ from what the checkpoint was written by. With `write-ahead log`
   * that may be turned off: what batches and windows have yet to read of it is not read. What is stored of a source that is gone or
   * of another kind is dropped, with a warning. So is a name mentioned in which nothing differs.
   */
  readonly allow?: readonly string[];
}

/** The write-ahead log of receivers. */
export interface WriteAheadLogOptions {
  /** Its directory; `log` in the checkpoint's directory unless given. */
  readonly dir?: string;
  /** A new file begins when one has so many bytes; 64 MiB unless given. */
  readonly segmentBytes?: number;
  /** A new file begins when one is so old; 60 s unless given (`writeAheadLog.rollingIntervalSecs`). */
  readonly rollInterval?: Duration;
  /** What a log does that is not what was written: `fail` unless given, or `skip` what is lost, with a warning that says what it is. */
  readonly onDamage?: 'fail' | 'skip';
}

/** Where checkpoints go, and how they are kept; for the engine. */
export interface CheckpointSetting {
  readonly store: CheckpointStore;
  readonly missedBatches: 'run' | 'skip';
  readonly maxMissedBatches: number;
  readonly allow: readonly string[];
  /** Null: receivers have no log. */
  readonly log: { readonly dir: string; readonly options: Omit<SegmentLogOptions, 'clock' | 'warn'> } | null;
}

/** Options of a context. */
export interface ContextOptions {
  /** The job's name, for messages and listeners. */
  readonly name?: string;
  /** Partitions of key operations that are not told otherwise; the backend's parallelism unless given. */
  readonly defaultParallelism?: number;
  /** Batches that may run at once; 1 unless given. Stateful streams and windows stay in time order. */
  readonly concurrentJobs?: number;
  /** Batches that are planned ahead of the running one; later times wait as a range. 16 unless given. */
  readonly maxPendingBatches?: number;
  /** What a failed batch does. Unless given: `stop` for jobs with state, `continue` for others. */
  readonly onBatchFailure?: 'stop' | 'continue';
  /** What becomes of records that fail, where no stream says otherwise; `'fail'` unless given. See `DStream.onError`. */
  readonly onError?: OnError;
  /** How often a task may throw before its batch fails; 1 unless given, as in Spark's local mode. */
  readonly maxTaskFailures?: number;
  /**
   * How long a task may run; without a limit unless given. One that runs longer counts as failed, with MR_TASK_TIMEOUT. On
   * threads its worker is replaced if it neither waits nor yields; in the calling thread such a task cannot be interrupted.
   */
  readonly taskTimeout?: Duration;
  /**
   * How often a batch may fail before it counts as failed; 1 unless given. It is run again as a whole, with the same inputs:
   * state and accumulators count once, functions of outputs see the batch again, sinks get the same keys.
   */
  readonly maxBatchFailures?: number;
  /** Whether tasks that take much longer than others are started in a second worker as well (`spark.speculation`); false unless given. */
  readonly speculation?: boolean | SpeculationOptions;
  /** How receivers take in data, unless their stream says otherwise. */
  readonly intake?: IntakeOptions;
  /** Whether inputs are slowed to the rate that the job can hold; false unless given (`spark.streaming.backpressure.enabled`). */
  readonly backpressure?: boolean | BackpressureOptions;
  /** Has the engine find the smallest batch interval that the job can hold; off unless given. */
  readonly adaptiveBatchInterval?: AdaptiveIntervalOptions;
  /** Where checkpoints are kept; see `StreamingContext.checkpoint`. */
  readonly checkpoint?: CheckpointPlace | (CheckpointOptions & { readonly store: CheckpointPlace });
  /**
   * How long after its time a batch may begin before `health()` says that the job lags; 3 batch intervals unless given, and
   * then at least 1 s.
   */
  readonly laggingAfter?: Duration;
  /** Whether `stop()` stops the backend, too; true unless given (R96). */
  readonly stopBackendByDefault?: boolean;
  /** Time; the machine's unless given. Tests give a ManualClock. */
  readonly clock?: Clock;
  /** Where warnings go; `console.warn` unless given. */
  readonly warn?: (message: string) => void;
}
