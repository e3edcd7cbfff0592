import type { Handle } from '../lineage/rdd-node.ts';
import type { GraphResult, PartitionRecords, StageGraph } from '../lineage/stage-graph.ts';
import type { ReceiverChannel } from '../receiver/receiver-messages.ts';
import type { ReceiverSettings } from '../receiver/receiver-settings.ts';
import type { Clock } from '../schedule/clock.ts';
import type { RestoredState, SavedState, StateRequest } from '../state/saved-state.ts';
import type { StateFound, StateRead } from '../state/state-read.ts';
import type { StateReads } from '../state/stored-state.ts';
import type { PlanFunctions } from '../task/function-source.ts';
import type { SpeculationSettings } from './speculation.ts';

/**
 * Where tasks run. A backend takes stage graphs and knows nothing of streams: it can be the calling thread, a pool of
 * threads, or another engine. `packages/core/testing` has the suite that every backend passes.
 *
 * @example
 * ```ts
 * import { single } from '@millrace/backend-single';
 * const backend = single();
 * backend.parallelism; // 1
 * ```
 */
export interface ExecutionBackend {
  /** For messages, `explain` and reports. */
  readonly name: string;
  /** How many tasks run at once; the default number of partitions of key operations. */
  readonly parallelism: number;
  /** True if tasks run in the caller's heap, so that jobs need not be modules. */
  readonly sharesMemory: boolean;
  /** False after `stop`. */
  readonly running: boolean;
  /**
   * Prepares for the tasks of one job.
   * @throws MR_BACKEND_STOPPED after `stop`; MR_PLAN_DIFFERS, MR_NOT_A_JOB when workers build another plan or none
   */
  open(job: JobDescriptor): Promise<BackendSession>;
  /** Ends all sessions and frees threads. Twice is fine. */
  stop(): Promise<void>;
}

/** What a backend needs to know of a job. */
export interface JobDescriptor {
  /** Unique in this process. */
  readonly id: string;
  readonly name: string;
  /** The module that builds the job, null for a job built inline. `params` crosses threads. */
  readonly module: { readonly url: string; readonly params: unknown } | null;
  /** The driver's own copy of the plan. */
  readonly plan: PlanFunctions;
  /** Text of the plan; equal texts mean equal plans. */
  readonly fingerprint: string;
  readonly batchIntervalMs: number;
  readonly defaultParallelism: number;
  readonly clock: Clock;
  /** How often a task may throw before its batch fails. At least 1. */
  readonly maxTaskFailures: number;
  /** How long a task may run, in ms; null: as long as it takes. */
  readonly taskTimeoutMs: number | null;
  /** How stragglers are found and copied to slots with nothing to do; null: not at all. */
  readonly speculation: SpeculationSettings | null;
  /** Reads state that lies in the checkpoint's store; null where none does. */
  readonly stateReads: StateReads | null;
  /** The driver's value of a broadcast variable in a version. */
  broadcast(name: string, version: number): unknown;
  /** Says something that the user should know and that stops nothing. */
  warn(message: string): void;
}

/** One job on a backend. */
export interface BackendSession {
  /** Slots, that is threads or processes, that partitions and state are spread over. */
  readonly slots: number;
  /**
   * Runs the stages of a graph and fills the `kept` cells of its tasks.
   * @throws the first failed task's error, with operator, batch and partition; SlotLost when a worker died: call again
   */
  run(graph: StageGraph): Promise<GraphResult>;
  /** Records of a kept partition, the first `limit` of them; null for all. */
  fetch(handle: Handle, limit: number | null): Promise<PartitionRecords>;
  /** How many workers have died so far. */
  readonly losses: number;
  /** False when the slot has died since the handle was made. */
  holds(handle: Handle): boolean;
  /**
   * What a batch has changed in the state of operators, for a checkpoint: one entry for each partition that is at the
   * batch that is asked for. Asked when the batch's tasks have changed it, before those of the next one, and again if they run again. Where a request wants whole
   * partitions as well, slots read them over several requests; the answer has each of them when it has been read.
   * @throws MR_NOT_ENCODABLE; SlotLost when a worker died: its state is gone
   */
  saveState(requests: readonly StateRequest[]): Promise<readonly SavedState[]>;
  /** Makes partitions of state of what was saved: before the first batch, or after a worker was lost. @throws SlotLost, MR_DECODE */
  restoreState(states: readonly RestoredState[]): Promise<void>;
  /**
   * What there is of an operator's state, as a committed batch has left it; asked at any time, also while the next batch is
   * changing that state. One answer for each partition that is asked and that a slot holds, in any order.
   * @throws MR_NOT_ENCODABLE; SlotLost when a worker died
   */
  readState(read: StateRead): Promise<readonly StateFound[]>;
  /** Counts the lives of each slot; state of partition p is in slot `p % slots`, and dies with it. */
  readonly epochs: readonly number[];
  /** Forgets kept partitions. They may be forgotten later, with the next message to their slot. */
  release(handles: readonly Handle[]): void;
  /**
   * Starts a worker of its own in which the receiver of an input stream of the job's plan runs, and talks to it. Left out
   * by backends in the caller's memory: the driver then runs it.
   * @throws MR_PLAN_DIFFERS, MR_NOT_A_JOB like `open`
   */
  openReceiver?(streamId: number, settings: ReceiverSettings): Promise<ReceiverChannel>;
  /** Ends the job: frees all that it holds. */
  close(): Promise<void>;
}

/** A worker died: it exited, was killed, or ran out of memory. What it held is gone; a replacement has its slot. */
export class SlotLost extends Error {
  readonly slot: number;
  readonly reason: string;

  constructor(slot: number, reason: string) {
    super(`the worker of slot ${slot} was lost: ${reason}`);
    this.name = 'SlotLost';
    this.slot = slot;
    this.reason = reason;
  }
}

/** A task ran out of time and did not yield: its worker was replaced. */
export class TaskOverdue extends SlotLost {
  /** Which task of the message that the slot had. */
  readonly index: number;

  constructor(slot: number, index: number) {
    super(slot, 'a task in it ran longer than taskTimeout and did not yield');
    this.name = 'TaskOverdue';
    this.index = index;
  }
}

/** The same, with the task by name: whoever begins the action again knows by it how often that task has failed. */
export class StuckTask extends SlotLost {
  /** Equal for the same task each time that the action is begun. */
  readonly task: string;
  /** True if the task may be tried again when it has failed so many times. */
  readonly mayFail: (times: number) => boolean;
  /** MR_TASK_TIMEOUT. */
  readonly failure: Error;

  constructor(overdue: TaskOverdue, task: string, failure: Error, mayFail: (times: number) => boolean) {
    super(overdue.slot, overdue.reason);
    this.name = 'StuckTask';
    this.task = task;
    this.failure = failure;
    this.mayFail = mayFail;
  }
}
