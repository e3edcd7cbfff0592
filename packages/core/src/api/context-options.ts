import type { IntakeOptions } from '../receiver/receiver-settings.ts';
import type { Clock } from '../schedule/clock.ts';
import type { BackpressureOptions } from '../schedule/rate-controller.ts';
import type { OnError } from './on-error.ts';
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
  /** How receivers take in data, unless their stream says otherwise. */
  readonly intake?: IntakeOptions;
  /** Whether inputs are slowed to the rate that the job can hold; false unless given (`spark.streaming.backpressure.enabled`). */
  readonly backpressure?: boolean | BackpressureOptions;
  /** Has the engine find the smallest batch interval that the job can hold; off unless given. */
  readonly adaptiveBatchInterval?: AdaptiveIntervalOptions;
  /** Whether `stop()` stops the backend, too; true unless given (R96). */
  readonly stopBackendByDefault?: boolean;
  /** Time; the machine's unless given. Tests give a ManualClock. */
  readonly clock?: Clock;
  /** Where warnings go; `console.warn` unless given. */
  readonly warn?: (message: string) => void;
}
