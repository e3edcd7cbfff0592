import type { BucketMoves } from '../data/bucket-table.ts';
import { bucketPartitioner, describePartitioner, type Partitioner, samePartitioner } from '../data/partitioner.ts';
import { error } from '../errors/index.ts';
import type { JoinSide } from '../task/probe.ts';
import type { RecordErrors } from '../task/record-failures.ts';
import type { FnRef, FunctionScope } from './function-scope.ts';
import type { Decision, PartitionerRef, RddNode, RddOp, SourcePartition, StatePlaces, StepKind } from './rdd-node.ts';

/*
 * Constructors of lineage. Both ways into the engine use them: plan operators when a batch is lowered, and the RDD handle
 * inside transform and foreachRDD. What an operation means is written here once.
 */

/** A node of lineage, noted in its scope. */
export function makeRdd(
  scope: FunctionScope,
  op: RddOp,
  numPartitions: number,
  partitioner: Partitioner | null,
): RddNode {
  const id = `${scope.id}${scope.rebuild === null ? `@${scope.time}` : ''}/${scope.nextSequence()}`;
  const detail =
    op.kind === 'step' ? ` ${op.step}` : op.kind === 'shuffle' ? ` ${op.mode}${op.group ? ' group' : ''}` : '';
  scope.note(`${op.kind}${detail}:${partitioner === null ? numPartitions : describePartitioner(partitioner)}`);
  return { id, scope, op, numPartitions, partitioner, kept: null };
}

type ShuffleOp = Extract<RddOp, { kind: 'shuffle' }>;

/** A shuffle of pairs as they are. @param differs what it does else */
export function shuffleOp(
  parent: RddNode,
  partitionerRef: PartitionerRef,
  differs: Partial<Omit<ShuffleOp, 'kind' | 'parent' | 'partitionerRef'>> = {},
): ShuffleOp {
  return {
    kind: 'shuffle',
    parent,
    mode: 'pairs',
    partitionerRef,
    aggregator: null,
    group: false,
    combine: 'never',
    splits: false,
    side: null,
    ...differs,
  };
}

/** A batch as a source hands it over. `reader` reads partitions that are ranges. */
export function sourceRdd(
  scope: FunctionScope,
  partitions: readonly SourcePartition[],
  reader: FnRef | null = null,
  partitioner: Partitioner | null = null,
): RddNode {
  return makeRdd(scope, { kind: 'source', partitions, reader }, partitions.length, partitioner);
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
  return makeRdd(scope, op, parent.numPartitions, keepsKeys ? parent.partitioner : null);
}

/** A function over whole partitions: `(records, context) => iterable`. */
export function partitionsRdd(
  scope: FunctionScope,
  parent: RddNode,
  fn: FnRef,
  options: { preservesPartitioning?: boolean; decision?: Decision | null; parameter?: unknown } = {},
): RddNode {
  const { preservesPartitioning = false, decision = null, parameter = null } = options;
  return makeRdd(
    scope,
    { kind: 'partitions', parent, fn, decision, parameter },
    parent.numPartitions,
    preservesPartitioning ? parent.partitioner : null,
  );
}

/** Folds each partition to at most one record (exactly one when `create` is given). */
export function foldRdd(scope: FunctionScope, parent: RddNode, create: FnRef | null, add: FnRef): RddNode {
  return makeRdd(scope, { kind: 'fold', parent, create, add }, parent.numPartitions, null);
}

/** All records of the first parent, then of the next. Co-partitioned parents keep their partitioning. */
export function unionRdd(scope: FunctionScope, parents: readonly RddNode[]): RddNode {
  if (parents.length === 1) return parents[0];
  const first = parents[0].partitioner;
  const shared =
    first !== null && parents.every((p) => p.partitioner !== null && samePartitioner(p.partitioner, first));
  if (shared) return makeRdd(scope, { kind: 'zipUnion', parents }, first.numPartitions, first);
  return makeRdd(
    scope,
    { kind: 'union', parents },
    parents.reduce((n, p) => n + p.numPartitions, 0),
    null,
  );
}

/** The same records under a scope of its own. */
export function sameRdd(scope: FunctionScope, parent: RddNode): RddNode {
  return makeRdd(scope, { kind: 'zipUnion', parents: [parent] }, parent.numPartitions, parent.partitioner);
}

/** Fewer partitions without moving records between keys: neighbours are concatenated. */
export function coalesceRdd(scope: FunctionScope, parent: RddNode, n: number): RddNode {
  if (n >= parent.numPartitions) return parent;
  const groups = Array.from({ length: n }, (_, g) => {
    const from = Math.floor((g * parent.numPartitions) / n);
    const to = Math.floor(((g + 1) * parent.numPartitions) / n);
    return Array.from({ length: to - from }, (_, i) => from + i);
  });
  return makeRdd(scope, { kind: 'coalesce', parent, groups }, n, null);
}

/** Deals records round-robin over exactly n partitions. @param side which side of a join it is, where its size is wanted */
export function dealRdd(scope: FunctionScope, parent: RddNode, n: number, side: JoinSide | null = null): RddNode {
  const op = shuffleOp(parent, { kind: 'deal', numPartitions: n }, { mode: 'deal', side });
  return makeRdd(scope, op, n, null);
}

/** Everything in one partition, in the order of the partitions; the same RDD if it has only one. */
export function gatherRdd(scope: FunctionScope, parent: RddNode): RddNode {
  return parent.numPartitions === 1 ? parent : dealRdd(scope, parent, 1);
}

/** What is to be known of pairs that are moved to the partition of their key. */
export interface Movement {
  readonly splits?: boolean;
  readonly side?: JoinSide | null;
  readonly places?: StatePlaces | null;
}

/**
 * Pairs moved to the partition of their key; the same RDD if they lie there already.
 * @param options `splits`: heavy keys may be split, since a cogroup reads them, which takes lists of values as well; `side`: which side of a join it is;
 *   `places`: what it has to do with where keys of a state lie
 */
export function partitionByRdd(
  scope: FunctionScope,
  parent: RddNode,
  partitioner: Partitioner,
  ref: PartitionerRef,
  { splits = false, side = null, places = null }: Movement = {},
): RddNode {
  if (parent.partitioner !== null && samePartitioner(parent.partitioner, partitioner)) return parent;
  const op = shuffleOp(parent, ref, { splits, side, ...(places === null ? {} : { places }) });
  return makeRdd(scope, op, partitioner.numPartitions, partitioner);
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
  return makeRdd(scope, shuffleOp(parent, partitionerRef), numPartitions, null);
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
    return makeRdd(scope, { kind: 'group', parent }, parent.numPartitions, parent.partitioner);
  }
  return makeRdd(scope, shuffleOp(parent, ref, { group: true, splits }), partitioner.numPartitions, partitioner);
}

/** The output of a stateful node for one batch. */
export function stateRdd(
  scope: FunctionScope,
  op: Omit<Extract<RddOp, { kind: 'state' }>, 'kind'>,
  partitioner: Partitioner,
  keepsPartitioning: boolean,
): RddNode {
  return makeRdd(scope, { kind: 'state', ...op }, partitioner.numPartitions, keepsPartitioning ? partitioner : null);
}

/** All `[key, state]` of a stateful node after the batch that `parent` is the output of. */
export function snapshotRdd(scope: FunctionScope, parent: RddNode, node: string, partitioner: Partitioner): RddNode {
  return makeRdd(scope, { kind: 'snapshot', parent, node }, parent.numPartitions, partitioner);
}

/** All `[key, state]` of a stateful node before a batch: how state gets to other partitions when keys may change. */
export function stateBeforeRdd(scope: FunctionScope, node: string, numPartitions: number): RddNode {
  return makeRdd(scope, { kind: 'stateBefore', node }, numPartitions, null);
}

/** What of a stateful node's state before a batch is to lie elsewhere, where it is to lie. */
export function movingStateRdd(scope: FunctionScope, node: string, numPartitions: number, moves: BucketMoves): RddNode {
  const leaving = makeRdd(scope, { kind: 'stateLeaving', node, moves }, numPartitions, null);
  const ref: PartitionerRef = { kind: 'buckets', numPartitions, table: moves.to };
  const partitioner = bucketPartitioner(numPartitions, moves.to);
  return partitionByRdd(scope, leaving, partitioner, ref, { places: { kind: 'move', moves } });
}

/** Checks a partition count that a user gave: an integer of at least one. */
export function checkedPartitions(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) throw error('MR_PARTITIONS', { name, value });
  return value;
}
