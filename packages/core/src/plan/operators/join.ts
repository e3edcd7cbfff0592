import { type Partitioner, samePartitioner } from '../../data/partitioner.ts';
import type { BatchPlanner } from '../../lineage/batch-planner.ts';
import { broadcastJoinRdd } from '../../lineage/broadcast-join.ts';
import { cogroupRdd, type JoinSplit, joinRdd } from '../../lineage/join-ops.ts';
import type { RddNode } from '../../lineage/rdd-node.ts';
import type { JoinKind } from '../../skew/join-plan.ts';
import type { Operator, PlanNode } from '../node.ts';
import { type PartitioningParams, partitionerOf } from '../partitioning.ts';
import { type JoinSkewOptions, mayBroadcast, type SkewStrategy, splits } from '../skew-option.ts';
import { allBatches } from './inputs.ts';
import { WIDE_BY_KEY } from './properties.ts';

/** `[key, [values of the first stream, values of the second]]` for every key of either batch of the same time. */
export const cogroup: Operator = {
  kind: 'cogroup',
  properties: WIDE_BY_KEY,
  lower(node, time, planner) {
    const parents = allBatches(node, time, planner);
    const scope = planner.scope(node, time);
    const { partitioner, ref } = partitionerOf(node, scope, planner.defaultParallelism);
    return cogroupRdd(scope, parents, partitioner, ref, splits(node.params));
  },
};

/** A join, and which values it keeps alone. */
export interface Join {
  readonly operator: Operator;
  readonly kind: JoinKind;
}

/** A join: all combinations of both value lists of a key; null on the absent side of outer joins (R17). */
function join(kind: string, combine: string, alone: JoinKind): Join {
  const operator: Operator = {
    kind,
    properties: WIDE_BY_KEY,
    lower(node, time, planner) {
      const parents = allBatches(node, time, planner);
      const scope = planner.scope(node, time);
      const by = partitionerOf(node, scope, planner.defaultParallelism);
      const { skew = 'auto' } = node.params as JoinSkewOptions;
      if (typeof skew === 'object') return broadcastJoinRdd(scope, parents, skew.side, alone);
      if (skew === 'auto' && mayBroadcastRight(node, parents, by.partitioner, alone, planner)) {
        if (planner.broadcastsRight(node, time)) return broadcastJoinRdd(scope, parents, 'right', alone);
      }
      return joinRdd(scope, parents, by, combine, alone, splitOf(skew, node, planner));
    },
  };
  return { operator, kind: alone };
}

/** Pairs of a key lie in one partition only where somebody relies on it, or nothing is to be split. */
function splitOf(skew: SkewStrategy, node: PlanNode, planner: BatchPlanner): JoinSplit {
  if (skew === 'hash') return 'none';
  return skew === 'auto' && (planner.isLayoutUsed(node) || isLaidOutByUser(node)) ? 'fragments' : 'pairs';
}

/**
 * Whether it may be decided from the sizes of the sides that the right one goes to all tasks of the left one: nobody must see a difference but in
 * where records lie, and the left side must have a way to save.
 */
function mayBroadcastRight(
  node: PlanNode,
  [left]: readonly RddNode[],
  partitioner: Partitioner,
  alone: JoinKind,
  planner: BatchPlanner,
): boolean {
  if (!mayBroadcast('right', alone) || planner.isLayoutUsed(node) || isLaidOutByUser(node)) return false;
  const liesThere = left.partitioner !== null && samePartitioner(left.partitioner, partitioner);
  return !liesThere && left.numPartitions === partitioner.numPartitions;
}

/** With a partitioner of their own it is the user who says where keys lie. */
function isLaidOutByUser(node: PlanNode): boolean {
  return (node.params.partitioning as PartitioningParams).kind === 'custom';
}

export const innerJoin = join('join', '!inner', { left: false, right: false });
export const leftOuterJoin = join('leftOuterJoin', '!left', { left: true, right: false });
export const rightOuterJoin = join('rightOuterJoin', '!right', { left: false, right: true });
export const fullOuterJoin = join('fullOuterJoin', '!full', { left: true, right: true });
