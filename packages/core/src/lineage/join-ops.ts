import type { Partitioner } from '../data/partitioner.ts';
import type { JoinKind } from '../skew/join-plan.ts';
import type { FnRef, FunctionScope } from './function-scope.ts';
import type { PartitionerRef, RddNode, RddOp } from './rdd-node.ts';
import { makeRdd, partitionByRdd, stepRdd } from './rdd-ops.ts';
import { isBoundToPartition, parentsOf } from './rdd-parents.ts';

/*
 * Constructors of lineage that has two sides: cogroups, joins, and every pair of two.
 */

/** `[key, [values of the first], [values of the second], …]` as `[key, lists]`. @param splits whether heavy keys may be split */
export function cogroupRdd(
  scope: FunctionScope,
  parents: readonly RddNode[],
  partitioner: Partitioner,
  ref: PartitionerRef,
  splits = true,
): RddNode {
  const sides = parents.map((p) => partitionByRdd(scope, p, partitioner, ref, { splits }));
  return makeRdd(scope, { kind: 'cogroup', parents: sides, join: null }, partitioner.numPartitions, partitioner);
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
  const sides = parents.map((p, i) =>
    partitionByRdd(scope, p, partitioner, ref, { splits: split !== 'none', side: i === 0 ? 'left' : 'right' }),
  );
  const splitsPairs = split === 'pairs' && partitioner.numPartitions > 1 && canSplitPairs(sides);
  const op = { kind: 'cogroup', parents: sides, join: splitsPairs ? kind : null } as const;
  const grouped = makeRdd(scope, op, partitioner.numPartitions, splitsPairs ? null : partitioner);
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
  return makeRdd(scope, { kind: 'cartesian', left, right }, left.numPartitions * right.numPartitions, null);
}
