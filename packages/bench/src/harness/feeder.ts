import type { BatchInfo, Clock, StreamingContext } from '@millrace/core';
import type { BenchStreams } from './engine.ts';

/** What a batch has of a load. Times in ms since the epoch, by the feeder's `now`. */
export interface FedBatch {
  /** Batches count from 0, those of the warm-up, and of the preload before it, are below it. */
  readonly number: number;
  readonly records: number;
  /** When its last record was due. */
  readonly lastDue: number;
  /** The same, since the load's measured part began. */
  readonly atMs: number;
  /** When its records were due, at some of them, and how many each stands for. */
  dues(): Iterable<{ readonly due: number; readonly records: number }>;
  /** Nothing of the load comes after it. */
  readonly isLast: boolean;
}

/** How the records of a load come to a job: into its queue before they are due, or to the source that it has when they are. */
export interface Feeder {
  /** What the job is given. */
  readonly params: unknown;
  /** What the job runs by; the machine's clock if left out. */
  readonly clock?: Clock;
  /** What it means that nothing of the load has come out for long. */
  readonly stalled: string;
  now(): number;
  /** The job is loaded, and starts next. @throws Error where it cannot be fed */
  attach(streams: BenchStreams<unknown, unknown>): void;
  /** A batch was planned. */
  planned(): void;
  /** Feeds the job that has started; resolves when that is done, rejects where it cannot go on. */
  feed(ssc: StreamingContext): Promise<void>;
  /** What a batch has; null where that is nothing of the load. Asked of each batch once, when it begins. */
  batchOf(info: BatchInfo): FedBatch | null;
  /** The job has stopped. */
  close(): Promise<void>;
}
