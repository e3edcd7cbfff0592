import type { ErrorData } from '../errors/index.ts';
import type { PartitionRecords } from '../lineage/stage-graph.ts';
import type { RestoredState, SavedState, StateRequest } from '../state/saved-state.ts';
import type { StateFound, StateRead } from '../state/state-read.ts';
import type { Task, TaskOutput } from '../task/program.ts';

/** Tasks for one slot, all of the same wave. */
export interface SlotRequest {
  /** Batch time in ms. */
  readonly time: number;
  readonly tasks: readonly Task[];
  readonly versions: ReadonlyMap<string, number>;
  /** Keys of kept partitions and map outputs to forget first. */
  readonly drops: readonly string[];
  /**
   * True if later tasks build on earlier ones, all stages of a graph: the first one that `endsWhole` ends it, so that no output sees
   * what is left of its batch.
   */
  readonly whole: boolean;
  /** Told when what the request gives is no longer wanted. */
  readonly stop?: SlotStop;
}

/** Ends a request whose task has lost the race against its copy. */
export interface SlotStop {
  /** Aborted then: the task ends at its next slice. */
  readonly signal: AbortSignal;
  /** Whether a worker that does not yield may be replaced for it. */
  readonly mayReplace: () => boolean;
}

/** What became of one task. `operator` names whose function threw. */
export type SlotResult =
  | { readonly ok: true; readonly output: TaskOutput }
  | {
      readonly ok: false;
      readonly error: ErrorData;
      readonly operator: string | null;
      /** True if the task did not throw but was ended: it ran out of time, or another copy was faster. */
      readonly stopped?: boolean;
      /** What was thrown, where it is in the same heap. */
      readonly thrown?: unknown;
    };

/** One slot as the stage runner sees it, wherever it is. */
export interface SlotTransport {
  readonly slot: number;
  /** Counts the slot's lives: it grows when a lost worker was replaced. */
  readonly epoch: number;
  /** Results in the order of the tasks; of a whole graph up to the first one that `endsWhole`. @throws SlotLost, TaskOverdue */
  run(request: SlotRequest): Promise<readonly SlotResult[]>;
  fetch(key: string, limit: number | null): Promise<PartitionRecords>;
  exportBucket(key: string, reducer: number): Promise<{ readonly bytes: Uint8Array; readonly count: number } | null>;
  /** @throws SlotLost, MR_NOT_ENCODABLE */
  saveStates(requests: readonly StateRequest[]): Promise<readonly SavedState[]>;
  /** @throws SlotLost, MR_DECODE */
  restoreStates(states: readonly RestoredState[]): Promise<void>;
  /** Also while a task runs here or in between. @throws SlotLost, MR_NOT_ENCODABLE */
  readState(read: StateRead): Promise<readonly StateFound[]>;
}

/**
 * Whether a graph that runs whole in a slot ends with a task: it has failed, or it takes somebody who plans, since it has taken heavy keys out of
 * their buckets, or has enough of them to meet many of another side.
 */
export function endsWhole(result: SlotResult): boolean {
  return !result.ok || result.output.runs.length > 0 || result.output.met !== null;
}
