import type { DueCounts, Span, TookCounts } from './latency-counts.ts';
import type { TimedBatch } from './timed-batch.ts';

/** A run by the clock. */
interface Run {
  readonly intervalMs: number;
  /** An engine whose waiting batches were due over so long is given up: it does not keep up. */
  readonly giveUpMs: number;
  /** A run that has not come to its end after so long is given up, whatever it waits for. */
  readonly limitMs: number;
}

/** So much longer than its input a run may take: a receiver has to start, and to stop. */
const REST_MS = 30_000;

/** The limit of a run whose input takes so long. */
export const limitOf = (inputMs: number, giveUpMs: number): number => inputMs + giveUpMs + REST_MS;

/** A run of small batches. */
export interface SmallBatchesRun extends Run {
  /** Batches before those that count. */
  readonly warmUp: number;
  readonly batches: number;
  /** Of every batch, half of them in each of two partitions. */
  readonly words: readonly string[];
}

/** What became of it. */
export interface SmallBatches {
  /** Fewer than were asked for where the engine fell so far behind that it was given up. */
  readonly batches: readonly TimedBatch[];
  /** What the first batch delivered. */
  readonly output: readonly (readonly [word: string, count: number])[];
}

/** A run of lines from a socket. */
export interface SocketRun extends Run, Span {
  readonly port: number;
  /** All that are sent: the run is over when they have been delivered. */
  readonly lines: number;
}

/** What became of it. */
export interface SocketLatencies {
  /** Batches from the first record that counts on. */
  readonly batches: readonly TimedBatch[];
  readonly took: TookCounts;
  /** All lines that were delivered, those of the warm-up included. */
  readonly due: DueCounts;
  /** Lines that were delivered, those of the warm-up included; fewer than were sent where it was given up. */
  readonly delivered: number;
}

/** What counts lines from a socket. */
export interface LineCounter {
  /** As reports show it. */
  readonly title: string;
  socket(run: SocketRun): Promise<SocketLatencies>;
}

/** One of the two that are compared: an engine that has started, and runs one job after the other. */
export interface Opponent extends LineCounter {
  smallBatches(run: SmallBatchesRun): Promise<SmallBatches>;
  close(): Promise<void>;
}
