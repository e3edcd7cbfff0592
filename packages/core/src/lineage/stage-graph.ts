import type { Block } from '../data/block.ts';
import type { JoinKind } from '../skew/join-plan.ts';
import type { ShuffleMetrics } from '../skew/shuffle-metrics.ts';
import type { SplitPlans } from '../skew/split-plans.ts';
import type { StateMove } from '../skew/state-move.ts';
import type { JoinSide } from '../task/probe.ts';
import type { Program, TaskArgument, TaskInput, TaskMetrics } from '../task/program.ts';
import type { FnRef } from './function-scope.ts';
import type { Kept, StatePlaces } from './rdd-node.ts';
import type { TaskAttempts } from './task-attempts.ts';

/** An input whose source is known only when an earlier stage has run. */
export type PlannedInput =
  | Exclude<TaskInput, { kind: 'buckets' | 'fragments' | 'assembly' | 'wanted' | 'pieces' }>
  /** A partition that an earlier stage of this graph keeps. */
  | { readonly kind: 'stored'; readonly kept: Kept; readonly partition: number }
  /** What the map tasks of an earlier stage have for a reducer; where keys are split, what the fragment tasks of stage `fragments` have. */
  | { readonly kind: 'shuffle'; readonly stage: number; readonly reducer: number; readonly fragments: number | null }
  /** What a fragment task for a partition works on. */
  | { readonly kind: 'fragments'; readonly stage: number; readonly reducer: number }
  /** Keys of a partition of a join that are split, for a task that takes out what is left of them; `sides`: the map stages. */
  | { readonly kind: 'wanted'; readonly sides: readonly (number | null)[]; readonly reducer: number }
  /** What a task of a join makes of split keys; `stage`: that of the tasks that have taken out what was left of them. */
  | { readonly kind: 'pieces'; readonly stage: number; readonly reducer: number };

/** An argument whose value is known only when an earlier stage has run. */
export type PlannedArgument =
  | TaskArgument
  /** A name, and that of the graph, which tells it from the same name in others. */
  | { readonly kind: 'inGraph'; readonly name: string }
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

/** What the tasks of a stage write. */
export interface StageShuffle {
  readonly key: string;
  readonly reducers: number;
  /** How many buckets each reducer has: a bucket's number is that of the reducer, or, of a second one, so many more. */
  readonly sets: 1 | 2;
  /** Whether heavy keys are split. */
  readonly splits: boolean;
  /** Which side of a join it is, where its size is wanted. */
  readonly side: JoinSide | null;
  /** Set for what state is laid out by. */
  readonly places?: StatePlaces;
}

/** What a stage does for keys that are split. */
export type StageSplit =
  /** Its tasks share the work on what the map tasks of a stage have. */
  | { readonly kind: 'fragments'; readonly of: number }
  /** Its tasks take out what map tasks have left of split keys on the sides of a join; null for a side without a shuffle. */
  | { readonly kind: 'residues'; readonly of: readonly (number | null)[]; readonly join: JoinKind };

/** Tasks that need nothing of each other. */
export interface Stage {
  readonly id: number;
  /** Stages that must be complete before this one begins. */
  readonly needs: readonly number[];
  readonly tasks: readonly PlannedTask[];
  /** Set for a stage whose tasks write buckets. */
  readonly shuffle: StageShuffle | null;
  /** Set for a stage that runs only if keys are split. */
  readonly split: StageSplit | null;
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
  /** Where plans for split keys are kept; left out where the graph is of no batch that may run again. */
  readonly plans?: SplitPlans;
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
  /** Of records that come to a state: how many each of its virtual buckets has, as far as a sample tells. */
  readonly bucketLoads?: readonly number[];
  /** Set where the stage has moved state to other partitions. */
  readonly moved?: StateMove;
}

/** What running a graph gives. */
export interface GraphResult {
  /** Records of the last stage by partition, null where its sink returns none. */
  readonly partitions: readonly (PartitionRecords | null)[];
  readonly stages: readonly StageMetrics[];
  /** What tasks added to accumulators, one entry for each task that counted. */
  readonly accumulated: readonly { readonly task: string; readonly values: readonly (readonly [string, unknown])[] }[];
}
