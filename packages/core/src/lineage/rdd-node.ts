import type { Block } from '../data/block.ts';
import type { BucketMoves, BucketTable } from '../data/bucket-table.ts';
import type { Partitioner } from '../data/partitioner.ts';
import type { JoinKind } from '../skew/join-plan.ts';
import type { JoinSide } from '../task/probe.ts';
import type { RecordErrors } from '../task/record-failures.ts';
import type { FnRef, FunctionScope } from './function-scope.ts';

/** One partition of a source's batch: records of the caller's heap, sealed blocks, or a range that the task reads itself. */
export type SourcePartition =
  | { readonly kind: 'live'; readonly records: readonly unknown[] }
  | { readonly kind: 'blocks'; readonly blocks: readonly Block[] }
  | { readonly kind: 'range'; readonly range: unknown; readonly count?: number };

/** The per-record operations that a task fuses into one loop. */
export type StepKind = 'map' | 'filter' | 'flatMap' | 'mapValues' | 'flatMapValues';

/** The functions of an aggregate, by address. `create` null: the first value is the accumulator. */
export interface AggregatorRefs {
  readonly create: FnRef | null;
  readonly add: FnRef;
  readonly merge: FnRef | null;
}

/** Whether map tasks combine values of a key: always, never, or where a look at their pairs says that it pays. */
export type Combining = 'always' | 'measured' | 'never';

/**
 * A value that the driver computes between two stages, from the records of a small RDD: range bounds for `sortBy`,
 * offsets for `zipWithIndex`. `compute` is a builtin's address, so that the graph stays data.
 */
export interface Decision {
  readonly from: RddNode;
  readonly compute: FnRef;
  readonly parameter: unknown;
}

/** How a shuffle lays records out: pairs to the partition of their key, or records dealt round-robin. */
export type ShuffleMode = 'pairs' | 'deal';

/** What a lineage node does to make its partitions. Every kind is handled by the stage cutter, which the compiler checks. */
export type RddOp =
  | { readonly kind: 'source'; readonly partitions: readonly SourcePartition[]; readonly reader: FnRef | null }
  | {
      readonly kind: 'step';
      readonly parent: RddNode;
      readonly step: StepKind;
      readonly fn: FnRef;
      /** What becomes of records that fail; null: the task fails. */
      readonly errors: RecordErrors | null;
    }
  | {
      readonly kind: 'partitions';
      readonly parent: RddNode;
      readonly fn: FnRef;
      readonly decision: Decision | null;
      /** Passed to the function in its context. Plain data. */
      readonly parameter: unknown;
    }
  | { readonly kind: 'fold'; readonly parent: RddNode; readonly create: FnRef | null; readonly add: FnRef }
  | { readonly kind: 'union'; readonly parents: readonly RddNode[] }
  | { readonly kind: 'zipUnion'; readonly parents: readonly RddNode[] }
  | { readonly kind: 'coalesce'; readonly parent: RddNode; readonly groups: readonly (readonly number[])[] }
  | {
      readonly kind: 'shuffle';
      readonly parent: RddNode;
      readonly mode: ShuffleMode;
      readonly partitionerRef: PartitionerRef;
      readonly aggregator: AggregatorRefs | null;
      readonly group: boolean;
      readonly combine: Combining;
      /** Whether heavy keys may be split: only where somebody puts all values of a key together behind the shuffle. */
      readonly splits: boolean;
      /** Which side of a join it is, where its size decides whether the side goes to all tasks; null elsewhere. */
      readonly side: JoinSide | null;
      /** Set for what state is laid out by. */
      readonly places?: StatePlaces;
    }
  | {
      readonly kind: 'aggregate';
      readonly parent: RddNode;
      readonly aggregator: AggregatorRefs;
      readonly merged: boolean;
    }
  | { readonly kind: 'group'; readonly parent: RddNode }
  | {
      readonly kind: 'cogroup';
      readonly parents: readonly RddNode[];
      /** Set where only a join reads it, so that a heavy key may have its pairs in several partitions. */
      readonly join: JoinKind | null;
    }
  | { readonly kind: 'cartesian'; readonly left: RddNode; readonly right: RddNode }
  | {
      readonly kind: 'probe';
      readonly from: RddNode;
      /** The small side of a join, in one partition. */
      readonly table: RddNode;
      readonly small: JoinSide;
      /** Whether records whose key the table does not have are kept, with null. */
      readonly keepsAlone: boolean;
    }
  | {
      readonly kind: 'state';
      /** Name of the stateful plan node; with the partition number it names the state. */
      readonly node: string;
      /** Co-partitioned inputs: the batch's pairs, or the entering panes of a window. */
      readonly parents: readonly RddNode[];
      /** Pairs that fill the state before its first batch. */
      readonly initial: RddNode | null;
      /** What this batch does to the state: times, thresholds. Plain data. */
      readonly action: Omit<StateAction, 'base'>;
      /** Windows: panes that should have entered before this batch and did not, with their times, given where the state is. */
      readonly late?: (base: number | null) => readonly (readonly [time: number, pane: RddNode])[];
      /** Where the state does not lie where this batch has its keys: what has to move, given where the state is; null: nothing. */
      readonly moves?: (base: number | null) => StateMoves | null;
    }
  | { readonly kind: 'snapshot'; readonly parent: RddNode; readonly node: string }
  /** All `[key, state]` of a stateful node as the batch at `time` finds them. */
  | { readonly kind: 'stateBefore'; readonly node: string }
  /** The same, with the time of the last touch, of the keys that are to lie elsewhere: `[key, [state, time]]`. */
  | { readonly kind: 'stateLeaving'; readonly node: string; readonly moves: BucketMoves };

/** A shuffle that has to do with where keys of a state lie. */
export type StatePlaces =
  /** It brings records to the state: which buckets they belong to is looked at. */
  | { readonly kind: 'load'; readonly table: BucketTable; readonly leastStep: number }
  /** It moves the state itself. */
  | { readonly kind: 'move'; readonly moves: BucketMoves };

/** State that moves to other partitions before a batch goes on with it. */
export interface StateMoves {
  /** What comes, in the partitions where it is to lie. */
  readonly arriving: RddNode;
  readonly moves: BucketMoves;
}

/** What a batch asks of a state partition; the runner that owns the node's kind knows the rest. */
export interface StateAction {
  /** Batch time in ms. */
  readonly time: number;
  /** Time of the batch whose state this one continues; null for the first. */
  readonly base: number | null;
  /** Times of the entering panes (windows), one for each parent. */
  readonly entering?: readonly number[];
  /** Panes up to this time leave (windows). */
  readonly leaveUpTo?: number;
  /** Set where state lies elsewhere from this batch on: keys leave and come first. */
  readonly moves?: BucketMoves;
  /** Entries with an update time strictly older expire (mapWithState, dedupe); null: no search for expired keys. */
  readonly expireBefore?: number | null;
}

/** A partitioner as lineage refers to it: data, or the address of a user's function. */
export type PartitionerRef =
  | { readonly kind: 'hash'; readonly numPartitions: number }
  | { readonly kind: 'buckets'; readonly numPartitions: number; readonly table: BucketTable }
  | { readonly kind: 'custom'; readonly numPartitions: number; readonly name: string; readonly fn: FnRef }
  | { readonly kind: 'range'; readonly numPartitions: number; readonly ascending: boolean; readonly decision: Decision }
  | { readonly kind: 'deal'; readonly numPartitions: number };

/**
 * The batch of a stream (or a step towards it) at one time: how many partitions, from what they are computed, and what
 * partitions them. Immutable but for `kept`, which says where computed partitions lie, and for what a batch that failed takes
 * back, see `undone`.
 */
export interface RddNode {
  /** Unique address: scope and sequence number. Driver and worker derive the same one. */
  readonly id: string;
  readonly scope: FunctionScope;
  op: RddOp;
  readonly numPartitions: number;
  readonly partitioner: Partitioner | null;
  kept: Kept | null;
}

/** Where a computed partition lies: with which slot, in which of its lives, under which key, with how many records. */
export interface Handle {
  readonly slot: number;
  readonly epoch: number;
  readonly key: string;
  readonly count: number;
}

/** Nothing is computed yet. */
export function emptyKept(numPartitions: number): Kept {
  return {
    lasting: false,
    over: false,
    handles: new Array<Handle | null>(numPartitions).fill(null),
    counted: new Array<boolean>(numPartitions).fill(false),
  };
}

/**
 * Takes back what a node is: its partitions are empty from now on, also for lineage that was planned before its batch failed.
 * @returns what it had kept
 */
export function undone(node: RddNode): Handle[] {
  const { kept } = node;
  const partitions = Array.from({ length: node.numPartitions }, () => ({ kind: 'live', records: [] }) as const);
  node.op = { kind: 'source', partitions, reader: null };
  node.kept = null;
  if (kept === null) return [];
  kept.over = true;
  return kept.handles.splice(0).filter((handle) => handle !== null);
}

/** Where the partitions of a lineage node lie once they were computed. */
export interface Kept {
  /** One for each partition; null until computed, or after it was lost. */
  readonly handles: (Handle | null)[];
  /** For each partition whether computing it has counted, in accumulators and dead letters: to compute it again must not. */
  readonly counted: boolean[];
  /** True if they are kept beyond their batch, as for windows: they then belong to the slot of their number. */
  lasting: boolean;
  /** True when nobody needs them any more: they are not read again, and not kept again. */
  over: boolean;
}
