import type { BucketMoves } from '../data/bucket-table.ts';
import {
  bucketPartitioner,
  describePartitioner,
  hashPartitioner,
  type Partitioner,
  samePartitioner,
} from '../data/partitioner.ts';
import { error } from '../errors/index.ts';
import type { JoinKind } from '../skew/join-plan.ts';
import type { RecordErrors } from '../task/record-failures.ts';
import type { FnRef, FunctionScope } from './function-scope.ts';
import type {
  AggregatorRefs,
  Decision,
  PartitionerRef,
  RddNode,
  RddOp,
  SourcePartition,
  StatePlaces,
  StepKind,
} from './rdd-node.ts';

/*
 * Constructors of lineage. Both ways into the engine use them: plan operators when a batch is lowered, and the RDD handle
 * inside transform and foreachRDD. What an operation means is written here once.
 */

function make(scope: FunctionScope, op: RddOp, numPartitions: number, partitioner: Partitioner | null): RddNode {
  const id = `${scope.id}${scope.rebuild === null ? `@${scope.time}` : ''}/${scope.nextSequence()}`;
  const detail =
    op.kind === 'step' ? ` ${op.step}` : op.kind === 'shuffle' ? ` ${op.mode}${op.group ? ' group' : ''}` : '';
  scope.note(`${op.kind}${detail}:${partitioner === null ? numPartitions : describePartitioner(partitioner)}`);
  return { id, scope, op, numPartitions, partitioner, kept: null };
}

/** A batch as a source hands it over. `reader` reads partitions that are ranges. */
export function sourceRdd(
  scope: FunctionScope,
  partitions: readonly SourcePartition[],
  reader: FnRef | null = null,
  partitioner: Partitioner | null = null,
): RddNode {
  return make(scope, { kind: 'source', partitions, reader }, partitions.length, partitioner);
}

/** One per-record step. Keeps the partitioning only where keys cannot change. */
export function stepRdd(
  scope: FunctionScope,
  parent: RddNode,
  step: StepKind,
  fn: FnRef,
  errors: RecordErrors | null = null,
): RddNode {
  const keepsKeys = step === 'filter' || step === 'mapValues' || step === 'flatMapValues';
  const op = { kind: 'step', parent, step, fn, errors } as const;
  return make(scope, op, parent.numPartitions, keepsKeys ? parent.partitioner : null);
}

/** A function over whole partitions: `(records, context) => iterable`. */
export function partitionsRdd(
  scope: FunctionScope,
  parent: RddNode,
  fn: FnRef,
  options: { preservesPartitioning?: boolean; decision?: Decision | null; parameter?: unknown } = {},
): RddNode {
  const { preservesPartitioning = false, decision = null, parameter = null } = options;
  return make(
    scope,
    { kind: 'partitions', parent, fn, decision, parameter },
    parent.numPartitions,
    preservesPartitioning ? parent.partitioner : null,
  );
}

/** Folds each partition to at most one record (exactly one when `create` is given). */
export function foldRdd(scope: FunctionScope, parent: RddNode, create: FnRef | null, add: FnRef): RddNode {
  return make(scope, { kind: 'fold', parent, create, add }, parent.numPartitions, null);
}

/** All records of the first parent, then of the next. Co-partitioned parents keep their partitioning. */
export function unionRdd(scope: FunctionScope, parents: readonly RddNode[]): RddNode {
  if (parents.length === 1) return parents[0];
  const first = parents[0].partitioner;
  const shared =
    first !== null && parents.every((p) => p.partitioner !== null && samePartitioner(p.partitioner, first));
  if (shared) return make(scope, { kind: 'zipUnion', parents }, first.numPartitions, first);
  return make(
    scope,
    { kind: 'union', parents },
    parents.reduce((n, p) => n + p.numPartitions, 0),
    null,
  );
}

/** The same records under a scope of its own. */
export function sameRdd(scope: FunctionScope, parent: RddNode): RddNode {
  return make(scope, { kind: 'zipUnion', parents: [parent] }, parent.numPartitions, parent.partitioner);
}

/** Fewer partitions without moving records between keys: neighbours are concatenated. */
export function coalesceRdd(scope: FunctionScope, parent: RddNode, n: number): RddNode {
  if (n >= parent.numPartitions) return parent;
  const groups = Array.from({ length: n }, (_, g) => {
    const from = Math.floor((g * parent.numPartitions) / n);
    const to = Math.floor(((g + 1) * parent.numPartitions) / n);
    return Array.from({ length: to - from }, (_, i) => from + i);
  });
  return make(scope, { kind: 'coalesce', parent, groups }, n, null);
}

/** Deals records round-robin over exactly n partitions. */
export function dealRdd(scope: FunctionScope, parent: RddNode, n: number): RddNode {
  return make(
    scope,
    {
      kind: 'shuffle',
      parent,
      mode: 'deal',
      partitionerRef: { kind: 'deal', numPartitions: n },
      aggregator: null,
      group: false,
      combine: false,
      splits: false,
    },
    n,
    null,
  );
}

/** Everything in one partition, in the order of the partitions; the same RDD if it has only one. */
export function gatherRdd(scope: FunctionScope, parent: RddNode): RddNode {
  return parent.numPartitions === 1 ? parent : dealRdd(scope, parent, 1);
}

/**
 * Pairs moved to the partition of their key; the same RDD if they lie there already.
 * @param splits heavy keys may be split, since a cogroup reads them, which takes lists of values as well
 * @param places what it has to do with where keys of a state lie
 */
export function partitionByRdd(
  scope: FunctionScope,
  parent: RddNode,
  partitioner: Partitioner,
  ref: PartitionerRef,
  splits = false,
  places: StatePlaces | null = null,
): RddNode {
  if (parent.partitioner !== null && samePartitioner(parent.partitioner, partitioner)) return parent;
  return make(
    scope,
    {
      kind: 'shuffle',
      parent,
      mode: 'pairs',
      partitionerRef: ref,
      aggregator: null,
      group: false,
      combine: false,
      splits,
      ...(places === null ? {} : { places }),
    },
    partitioner.numPartitions,
    partitioner,
  );
}

/** Pairs moved by ranges that the driver decides from a sample; not a partitioner that others could share. */
export function partitionByRangeRdd(
  scope: FunctionScope,
  parent: RddNode,
  numPartitions: number,
  ascending: boolean,
  decision: Decision,
): RddNode {
  const partitionerRef: PartitionerRef = { kind: 'range', numPartitions, ascending, decision };
  return make(
    scope,
    {
      kind: 'shuffle',
      parent,
      mode: 'pairs',
      partitionerRef,
      aggregator: null,
      group: false,
      combine: false,
      splits: false,
    },
    numPartitions,
    null,
  );
}

/**
 * One accumulator for each key. Combined before the shuffle when the aggregate can merge and `combine` is asked for;
 * without a shuffle when the pairs lie where they belong.
 * @param splits whether heavy keys may be split, where nothing is combined
 */
export function aggregateByKeyRdd(
  scope: FunctionScope,
  parent: RddNode,
  partitioner: Partitioner,
  ref: PartitionerRef,
  aggregator: AggregatorRefs,
  combine: boolean,
  splits = true,
): RddNode {
  if (parent.partitioner !== null && samePartitioner(parent.partitioner, partitioner)) {
    return make(
      scope,
      { kind: 'aggregate', parent, aggregator, merged: false },
      parent.numPartitions,
      parent.partitioner,
    );
  }
  return make(
    scope,
    {
      kind: 'shuffle',
      parent,
      mode: 'pairs',
      partitionerRef: ref,
      aggregator,
      group: false,
      combine: combine && aggregator.merge !== null,
      splits: splits && !(combine && aggregator.merge !== null),
    },
    partitioner.numPartitions,
    partitioner,
  );
}

/**
 * One accumulator for each key in two shuffles: keys get a random prefix below `salts` and are combined with it, then without. Always moves
 * the pairs, also where they lie where they belong.
 */
export function saltedByKeyRdd(
  scope: FunctionScope,
  parent: RddNode,
  partitioner: Partitioner,
  ref: PartitionerRef,
  aggregator: AggregatorRefs,
  salts: number,
): RddNode {
  const { numPartitions } = partitioner;
  const salted = partitionsRdd(scope, parent, '!salt', { parameter: salts });
  const byHash: PartitionerRef = { kind: 'hash', numPartitions };
  const partial = aggregateByKeyRdd(scope, salted, hashPartitioner(numPartitions), byHash, aggregator, true);
  return aggregateByKeyRdd(scope, stepRdd(scope, partial, 'map', '!unsalt'), partitioner, ref, aggregator, true);
}

/** Merges the accumulators of co-partitioned pairs: `[key, accumulator]` in, one for each key out. */
export function mergeByKeyRdd(scope: FunctionScope, parent: RddNode, aggregator: AggregatorRefs): RddNode {
  return make(scope, { kind: 'aggregate', parent, aggregator, merged: true }, parent.numPartitions, parent.partitioner);
}

/** `[key, [values…]]`, the values in the order of the map partitions. @param splits whether heavy keys may be split */
export function groupByKeyRdd(
  scope: FunctionScope,
  parent: RddNode,
  partitioner: Partitioner,
  ref: PartitionerRef,
  splits = true,
): RddNode {
  if (parent.partitioner !== null && samePartitioner(parent.partitioner, partitioner)) {
    return make(scope, { kind: 'group', parent }, parent.numPartitions, parent.partitioner);
  }
  return make(
    scope,
    {
      kind: 'shuffle',
      parent,
      mode: 'pairs',
      partitionerRef: ref,
      aggregator: null,
      group: true,
      combine: false,
      splits,
    },
    partitioner.numPartitions,
    partitioner,
  );
}

/** `[key, [values of the first], [values of the second], …]` as `[key, lists]`. @param splits whether heavy keys may be split */
export function cogroupRdd(
  scope: FunctionScope,
  parents: readonly RddNode[],
  partitioner: Partitioner,
  ref: PartitionerRef,
  splits = true,
): RddNode {
  const sides = parents.map((p) => partitionByRdd(scope, p, partitioner, ref, splits));
  return make(scope, { kind: 'cogroup', parents: sides, join: null }, partitioner.numPartitions, partitioner);
}

/** How a join deals with heavy keys: their pairs in several partitions, their values put together by several tasks, or not at all. */
export type JoinSplit = 'pairs' | 'fragments' | 'none';

/**
 * All pairs of the values of a key: `[key, [left, right]]`.
 * @param combine builtin that makes them of two lists
 * @param kind which values may stand alone
 * @param split with `'pairs'` the result has no partitioner
 */
export function joinRdd(
  scope: FunctionScope,
  parents: readonly RddNode[],
  { partitioner, ref }: { readonly partitioner: Partitioner; readonly ref: PartitionerRef },
  combine: FnRef,
  kind: JoinKind,
  split: JoinSplit,
): RddNode {
  const sides = parents.map((p) => partitionByRdd(scope, p, partitioner, ref, split !== 'none'));
  const splitsPairs = split === 'pairs' && partitioner.numPartitions > 1 && canSplitPairs(sides);
  const op = { kind: 'cogroup', parents: sides, join: splitsPairs ? kind : null } as const;
  const grouped = make(scope, op, partitioner.numPartitions, splitsPairs ? null : partitioner);
  return stepRdd(scope, grouped, 'flatMapValues', combine);
}

/** Something has to be shuffled; what lies there is computed once more where keys are split, which state does not allow. */
function canSplitPairs(sides: readonly RddNode[]): boolean {
  return sides.some(isJoinSide) && !sides.some(needsState);
}

/** A side of a join that was shuffled for it. */
export function isJoinSide(side: RddNode): side is RddNode & { readonly op: Extract<RddOp, { kind: 'shuffle' }> } {
  const { op } = side;
  return op.kind === 'shuffle' && op.splits && !op.group && op.aggregator === null;
}

function needsState(node: RddNode): boolean {
  if (isBoundToPartition(node)) return true;
  return node.op.kind !== 'shuffle' && parentsOf(node).some(needsState);
}

/** Every pair of a record of the left and one of the right. */
export function cartesianRdd(scope: FunctionScope, left: RddNode, right: RddNode): RddNode {
  return make(scope, { kind: 'cartesian', left, right }, left.numPartitions * right.numPartitions, null);
}

/** The output of a stateful node for one batch. */
export function stateRdd(
  scope: FunctionScope,
  op: Omit<Extract<RddOp, { kind: 'state' }>, 'kind'>,
  partitioner: Partitioner,
  keepsPartitioning: boolean,
): RddNode {
  return make(scope, { kind: 'state', ...op }, partitioner.numPartitions, keepsPartitioning ? partitioner : null);
}

/** All `[key, state]` of a stateful node after the batch that `parent` is the output of. */
export function snapshotRdd(scope: FunctionScope, parent: RddNode, node: string, partitioner: Partitioner): RddNode {
  return make(scope, { kind: 'snapshot', parent, node }, parent.numPartitions, partitioner);
}

/** All `[key, state]` of a stateful node before a batch: how state gets to other partitions when keys may change. */
export function stateBeforeRdd(scope: FunctionScope, node: string, numPartitions: number): RddNode {
  return make(scope, { kind: 'stateBefore', node }, numPartitions, null);
}

/** What of a stateful node's state before a batch is to lie elsewhere, where it is to lie. */
export function movingStateRdd(scope: FunctionScope, node: string, numPartitions: number, moves: BucketMoves): RddNode {
  const leaving = make(scope, { kind: 'stateLeaving', node, moves }, numPartitions, null);
  const ref: PartitionerRef = { kind: 'buckets', numPartitions, table: moves.to };
  const partitioner = bucketPartitioner(numPartitions, moves.to);
  return partitionByRdd(scope, leaving, partitioner, ref, false, { kind: 'move', moves });
}

/** The lineage nodes that this one reads. */
export function parentsOf(node: RddNode): readonly RddNode[] {
  const { op } = node;
  switch (op.kind) {
    case 'source':
    case 'stateBefore':
    case 'stateLeaving':
      return [];
    case 'union':
    case 'zipUnion':
    case 'cogroup':
      return op.parents;
    case 'state':
      return op.initial === null ? op.parents : [...op.parents, op.initial];
    case 'cartesian':
      return [op.left, op.right];
    case 'partitions':
      return op.decision === null ? [op.parent] : [op.parent, op.decision.from];
    case 'shuffle':
      return op.partitionerRef.kind === 'range' ? [op.parent, op.partitionerRef.decision.from] : [op.parent];
    default:
      return [op.parent];
  }
}

/**
 * The lineage nodes that this one reads when it is computed: a window that has missed panes reads these, too, and state that moves what comes.
 * @param baseOf where states are
 */
export function readBy(node: RddNode, baseOf: (node: string) => number | null): readonly RddNode[] {
  const { op } = node;
  if (op.kind !== 'state') return parentsOf(node);
  const base = baseOf(op.node);
  const late = op.late?.(base) ?? [];
  const moves = op.moves?.(base) ?? null;
  return [...late.map(([, pane]) => pane), ...parentsOf(node), ...(moves === null ? [] : [moves.arriving])];
}

/**
 * Nodes bound to their partition that tasks of other numbers want to read, behind a union, say: they need tasks of their
 * own, whose partitions are kept.
 */
export function movedNodes(
  roots: readonly RddNode[],
  parents: (node: RddNode) => readonly RddNode[] = parentsOf,
): Set<RddNode> {
  const aligned = new Set<RddNode>();
  const others = new Set<RddNode>();
  const moved = new Set<RddNode>();
  const visit = (node: RddNode, same: boolean) => {
    const done = same ? aligned : others;
    if (done.has(node)) return;
    done.add(node);
    const bound = isBoundToPartition(node);
    if (bound && !same) moved.add(node);
    // In a task of its own it reads its parents under its own number.
    parents(node).forEach((parent, i) => {
      visit(parent, keepsNumber(node, parent, i, same || bound));
    });
  };
  for (const root of roots) visit(root, true);
  return moved;
}

/** Whether a task reads a parent's partition of its own number; behind a shuffle and for a decision there are other tasks. */
function keepsNumber({ op }: RddNode, parent: RddNode, index: number, same: boolean): boolean {
  switch (op.kind) {
    case 'union':
      return same && index === 0;
    case 'coalesce':
    case 'cartesian':
      return false;
    case 'shuffle':
      return true;
    case 'partitions':
      return same || parent !== op.parent;
    default:
      return same;
  }
}

/** True for nodes whose partitions can be computed only in a task of the same number, since that is where their state is. */
export function isBoundToPartition({ op }: RddNode): boolean {
  return op.kind === 'state' || op.kind === 'snapshot' || op.kind === 'stateBefore' || op.kind === 'stateLeaving';
}

/** Checks a partition count that a user gave: an integer of at least one. */
export function checkedPartitions(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) throw error('MR_PARTITIONS', { name, value });
  return value;
}
