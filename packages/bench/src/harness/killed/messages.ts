/** What a process is told that runs a job and is killed. */
export interface KilledSetting {
  readonly job: string;
  readonly params: unknown;
  readonly backend: string;
  readonly intervalMs: number;
  readonly checkpoint: string;
  /** See `EntryFiles`. */
  readonly entries: string;
  readonly delivery: 'collect' | 'count';
}

/** What the process is sent: first what to run, then to end. */
export type ToKilled = { readonly kind: 'run'; readonly setting: KilledSetting } | { readonly kind: 'stop' };

/** What the process says. Times in ms since the epoch. */
export type FromKilled =
  /** Its modules are loaded: it can be told what to run. */
  | { readonly kind: 'loaded' }
  /** The job has started: its checkpoint is read. */
  | { readonly kind: 'started' }
  /** A batch begins. */
  | { readonly kind: 'begun'; readonly batch: number }
  | DeliveredBatch
  | CompletedBatch
  | { readonly kind: 'failed'; readonly message: string };

/** A batch whose output is there, before it is complete: of one that is complete when its process is killed nobody may hear anything else. */
export interface DeliveredBatch {
  readonly kind: 'delivered';
  readonly batch: number;
  readonly batchTime: number;
  readonly deliveredAt: number;
  /** What it delivered, in short. */
  readonly digest: string;
}

/** A batch of a job that is killed, when it is complete. */
export interface CompletedBatch {
  readonly kind: 'completed';
  /** From 0, counted over all processes. */
  readonly batch: number;
  readonly batchTime: number;
  readonly processingStartTime: number | null;
  readonly processingDelay: number | null;
  /** When its output was there. */
  readonly deliveredAt: number;
  readonly completedAt: number;
  /** What it delivered, in short. */
  readonly digest: string;
}
