import type { LogDamage } from '../log/recover.ts';

/** What `inspectCheckpoint` found. Times are in ms since 1970, sizes in bytes. */
export interface CheckpointReport {
  /** The directory as it was given. */
  readonly dir: string;
  /** Of how keys and values are written. */
  readonly format: number;
  /** Name of the job; null if none has begun yet. */
  readonly job: string | null;
  /** The job's batch interval; null if none has begun yet. Where it adapts, `batches.lastIntervalMs` is the newest. */
  readonly batchIntervalMs: number | null;
  /** The batch interval before the first batch; null if no job has begun yet. */
  readonly zeroTime: number | null;
  /** Partitions of key operations that are not told otherwise; null if no job has begun yet. */
  readonly defaultParallelism: number | null;
  /** The process that has it open, or died with it; null: it was closed. */
  readonly owner: OwnerReport | null;
  readonly store: StoreReport;
  readonly batches: BatchesReport;
  /** Sources, in the order of the plan. */
  readonly inputs: readonly InputReport[];
  /** Operators with state, in the order of the plan. */
  readonly states: readonly StateReport[];
  readonly accumulators: readonly { readonly name: string; readonly value: unknown }[];
  /** What receivers have stored; null where there is no log. */
  readonly log: LogSummary | null;
}

/** A process that has opened a checkpoint and not closed it. */
export interface OwnerReport {
  readonly pid: number;
  /** When it opened it, ISO 8601. */
  readonly since: string;
  /** `alive`: it runs, on this machine; `stale`: it died, and the next job takes over. */
  readonly status: 'alive' | 'stale';
}

/** The store's file. */
export interface StoreReport {
  readonly dir: string;
  readonly bytes: number;
  readonly entries: number;
  /** When the file was written last: as a rule the last commit. A copy has what the copying gave it. */
  readonly lastWriteMs: number;
  /** Whether the checksum of every value was looked at: not if the owner wrote too fast for that. */
  readonly verified: boolean;
}

/** Batches that are remembered: what windows and restarts still need, not all that there were. */
export interface BatchesReport {
  /** Batches that completed. */
  readonly completed: number;
  /** Time of the last batch that completed. */
  readonly lastCompleted: number | null;
  /** Times of batches that were planned and are not over: a job that starts runs them first. */
  readonly pending: readonly number[];
  /** Batches that failed and were left behind. */
  readonly failed: readonly { readonly time: number; readonly reason: string }[];
  /** Batch times that were missed and have no batch. */
  readonly skipped: readonly { readonly from: number; readonly to: number; readonly stepMs: number }[];
  /** Between the last two that were planned. */
  readonly lastIntervalMs: number | null;
}

/** A source: where it stands, and what is stored of its batches. */
export interface InputReport {
  readonly name: string;
  readonly kind: string;
  /** What the source saved of the last batch that has something of it: offsets, files, blocks. */
  readonly lastBatch: { readonly time: number; readonly saved: unknown } | null;
  /** Where it stands behind the last batch; null for a source that says nothing. */
  readonly progress: unknown;
  /** Batches whose records or ranges are stored, since the source cannot be asked again. */
  readonly stored: {
    readonly batches: number;
    readonly partitions: number;
    /** Records, as far as ranges say how many they have. */
    readonly records: number;
    readonly bytes: number;
    /** Ranges of the last such batch. */
    readonly lastRanges: readonly unknown[];
  };
}

/** The state of an operator. */
export interface StateReport {
  readonly name: string;
  readonly kind: string;
  /** Batch that the state is at. */
  readonly time: number;
  readonly partitions: number;
  /** Blocks that the state is put together from; 0 where each key has an entry of its own (`StateSpec.stored`). */
  readonly deltas: number;
  readonly bytes: number;
  readonly keys: number;
  /** Batches that a window has in its state. */
  readonly panes: number;
  /** Some keys that are there; fewer than asked for where they are packed so large that all would have to be read. */
  readonly sampleKeys: readonly unknown[];
  /** What it gave in earlier batches, for operators that look back at it. */
  readonly kept: { readonly batches: number; readonly bytes: number };
}

/** A write-ahead log. */
export interface LogSummary {
  readonly dir: string;
  readonly segments: number;
  readonly bytes: number;
  /** Blocks that were stored, each synced to disk, and not deleted yet. */
  readonly blocks: number;
  /** Records in them. */
  readonly records: number;
  readonly streams: readonly {
    readonly name: string;
    readonly blocks: number;
    readonly records: number;
    readonly bytes: number;
  }[];
  /** Whether something was not written to its end: by a process that died, or by one that is writing it now. No fault. */
  readonly torn: boolean;
  /** What is not what was written, or is missing: `MR_LOG_DAMAGED` when a job starts. */
  readonly damaged: readonly LogDamage[];
}
