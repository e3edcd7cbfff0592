import type { Block } from '../data/block.ts';
import type { ShuffleMetrics } from '../skew/shuffle-metrics.ts';
import type { Program, TaskArgument, TaskInput, TaskMetrics } from '../task/program.ts';
import type { FnRef } from './function-scope.ts';
import type { Kept } from './rdd-node.ts';
import type { TaskAttempts } from './task-attempts.ts';

/** An input whose source is known only when an earlier stage has run. */
export type PlannedInput =
  | Exclude<TaskInput, { kind: 'buckets' }>
  /** A partition that an earlier stage of this graph keeps. */
  | { readonly kind: 'stored'; readonly kept: Kept; readonly partition: number }
  /** What the map tasks of an earlier stage have for a reducer. */
  | { readonly kind: 'shuffle'; readonly stage: number; readonly reducer: number };

/** An argument whose value is known only when an earlier stage has run. */
export type PlannedArgument =
  | TaskArgument
  | {
      readonly kind: 'decision';
      readonly stage: number;
      readonly then: Extract<TaskArgument, { kind: 'partitions' }> | null;
    };

/** One task of a stage, before its references are resolved. */
export interface PlannedTask {
  readonly partition: number;
  readonly program: Program;
  readonly inputs: readonly PlannedInput[];
  readonly args: readonly PlannedArgument[];
  /** Partitions that the task keeps, in the order of its program's tees. */
  readonly keeps: readonly { readonly key: string; readonly kept: Kept; readonly partition: number }[];
  /** Names of stateful nodes that the task changes. Such a task runs in the slot of its partition, nowhere else. */
  readonly states: readonly string[];
}

/** Tasks that need nothing of each other. */
export interface Stage {
  readonly id: number;
  /** Stages that must be complete before this one begins. */
  readonly needs: readonly number[];
  readonly tasks: readonly PlannedTask[];
  /** Set for a stage whose tasks write buckets: for how many reducers. */
  readonly shuffle: { readonly key: string; readonly reducers: number } | null;
  /** Set for a stage whose records the driver turns into a decision. */
  readonly decision: { readonly compute: FnRef; readonly parameter: unknown } | null;
  /** Operators in this stage, for events and `explain`. */
  readonly operators: readonly string[];
}

/**
 * The work of one action: stages in an order in which they can run, the last one being the action's own. Plain data but
 * for `kept` cells, which receive handles, and `attempts`, which counts.
 */
export interface StageGraph {
  /** Batch time in ms. */
  readonly time: number;
  readonly stages: readonly Stage[];
  /** Versions of the broadcast variables that the batch was planned with. */
  readonly broadcasts: ReadonlyMap<string, number>;
  /** True if the last stage writes to the outside: two of its tasks for one partition never run at once. */
  readonly writes?: boolean;
  /** Where failed attempts and copies are counted. */
  readonly attempts?: TaskAttempts;
}

/** Records of one partition of a graph's last stage. */
export type PartitionRecords =
  | { readonly kind: 'live'; readonly records: readonly unknown[] }
  | { readonly kind: 'blocks'; readonly blocks: readonly Block[] };

/** Figures of one stage that ran. */
export interface StageMetrics {
  readonly operators: readonly string[];
  readonly tasks: readonly TaskMetrics[];
  /** Bytes that crossed from map tasks to reducers of other slots. */
  readonly shuffleBytes: number;
  readonly shuffleRecords: number;
  /** How evenly they were spread; null where the stage writes nothing for reducers. */
  readonly shuffle: ShuffleMetrics | null;
}

/** What running a graph gives. */
export interface GraphResult {
  /** Records of the last stage by partition, null where its sink returns none. */
  readonly partitions: readonly (PartitionRecords | null)[];
  readonly stages: readonly StageMetrics[];
  /** What tasks added to accumulators, one entry for each task that counted. */
  readonly accumulated: readonly { readonly task: string; readonly values: readonly (readonly [string, unknown])[] }[];
}
