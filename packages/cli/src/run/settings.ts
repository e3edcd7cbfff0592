import type { ContextOptions, Duration } from '@millrace/core';
import type { HealthAddress } from '../health/health-server.ts';
import type { Assignments } from '../parse/assignments.ts';

/** What commands that load a job were told, checked. */
export interface JobSettings {
  /** URL of the job's module. */
  readonly module: URL;
  readonly backend: 'single' | 'threads';
  /** Threads of the threads backend; as many as the machine runs at once unless given. */
  readonly workers?: number;
  /** The job's own unless given. */
  readonly batchInterval?: Duration;
  readonly params: Assignments;
  /** Options of the context; they go before the job's own. */
  readonly context: ContextOptions;
  readonly log: 'text' | 'json';
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** What `millrace run` was told, checked. */
export interface RunSettings extends JobSettings {
  /** The run ends after so many batches; null: when it is stopped. */
  readonly maxBatches: number | null;
  /** How long a stop in order may take before what waits is thrown away; without limit unless given. */
  readonly gracefulTimeout?: Duration;
  /** Where probes are answered; nowhere unless given. */
  readonly health?: HealthAddress;
  /** Streams to print: names of what the builder returns, or of streams of the plan. */
  readonly print: readonly string[];
}

/** What `millrace replay` was told, checked. */
export interface ReplaySettings extends JobSettings {
  /** A file of letters, or a directory of such. */
  readonly letters: string;
  /** Names of outputs; null: all that the letters concern. */
  readonly outputs: readonly string[] | null;
  readonly partial: boolean;
  /** Whether letters that were replayed before are replayed as a whole. */
  readonly again: boolean;
}
