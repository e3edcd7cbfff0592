import type { BatchPlanner } from '../lineage/batch-planner.ts';
import type { AnyFunction } from '../lineage/function-scope.ts';
import type { RddNode } from '../lineage/rdd-node.ts';
import type { StateLogic } from '../state/state-logic.ts';

/** What an operator needs of its input and does to it. Shared code reads these and never asks which operator it is. */
export interface OperatorProperties {
  /** Where a partition's input lies: with a source, in one parent partition, in all of them, in past batches, in state. */
  readonly dependency: 'source' | 'narrow' | 'wide' | 'window' | 'state' | 'output';
  /** True if keys cannot change, so that a partitioning by key survives. */
  readonly preservesPartitioning: boolean;
  /** True if the result is laid out by the node's own partitioning. */
  readonly partitionsByKey: boolean;
  /** True if values of a key may be combined before they are moved. */
  readonly combinable: boolean;
  /** True if what leaves a window can be subtracted. */
  readonly invertible: boolean;
}

/** An operator: one file, one value of this type. */
export interface Operator {
  readonly kind: string;
  readonly properties: OperatorProperties;
  /** Lineage of a node's batch at a time; null where it has none (R4). Runs no user code but `transform`'s. */
  lower(node: PlanNode, time: number, planner: BatchPlanner): RddNode | null;
  /** For results that are laid out by the partitioning of another node, and not of the node's own: which one it is. */
  laidOutLike?(node: PlanNode): PlanNode;
  /** For stateful operators: what a batch does to a partition's state. */
  stateLogic?(node: PlanNode): StateLogic;
  /** For stateful operators that hold something else than what users know as their state: that, of what is held. */
  stateValue?(node: PlanNode, held: unknown): unknown;
  /** For stateful operators: true if a key's state may lie in another partition than the key's, for keys may change. */
  keysMayStray?(node: PlanNode): boolean;
  /** For stateful operators: true if keys may move to other partitions with their state. */
  movesState?(node: PlanNode): boolean;
  /** For stateful operators: true if the state is more than keys with values, so that it cannot be converted key by key. */
  readonly keepsPanes?: boolean;
  /** How long each input must be kept for this operator beyond its own retention, in ms. */
  inputRetentionMs?(node: PlanNode): number;
  /** For outputs: where their function runs. */
  readonly runsOn?: 'driver' | 'partitions' | 'both';
  /** True if what becomes of a record depends on the record alone: some records give some of the results. */
  readonly perRecord?: boolean;
  /** True if partitions of the input are kept where they were made, as windows want it. */
  readonly keepsInput?: boolean;
}

/** A plan node: frozen data. Closures are in `functions`, everything else that matters is in `params`. */
export interface PlanNode {
  readonly operator: Operator;
  /** Unique and stable: the key of recovery, the name in every message. */
  readonly name: string;
  readonly inputs: readonly PlanNode[];
  /** Time between batches in ms. */
  readonly slideMs: number;
  /** True if the user gave this slide: it stays when the batch interval changes. */
  readonly fixedSlide: boolean;
  /** Plain data; part of the fingerprint. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly functions: readonly AnyFunction[];
  /** Where in the user's program the node was made. */
  readonly createdAt: string;
  /** True for nodes attached on the driver after a job module was built; they are outside the fingerprint. */
  readonly attached: boolean;
}

/** An output: what is done with a stream's batches. */
export interface OutputNode extends PlanNode {
  /** Position in definition order; Spark's id of the output operation. */
  readonly outputId: number;
}
