import type { BatchPlanner } from '../../lineage/batch-planner.ts';
import { cogroupRdd, type JoinSplit, joinRdd } from '../../lineage/join-ops.ts';
import type { JoinKind } from '../../skew/join-plan.ts';
import type { Operator, PlanNode } from '../node.ts';
import { partitionerOf } from '../partitioning.ts';
import { type SkewOptions, splits } from '../skew-option.ts';
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

/** A join: all combinations of both value lists of a key; null on the absent side of outer joins (R17). */
function join(kind: string, combine: string, alone: JoinKind): Operator {
  return {
    kind,
    properties: WIDE_BY_KEY,
    lower(node, time, planner) {
      const parents = allBatches(node, time, planner);
      const scope = planner.scope(node, time);
      const by = partitionerOf(node, scope, planner.defaultParallelism);
      return joinRdd(scope, parents, by, combine, alone, splitOf(node, planner));
    },
  };
}

/** Pairs of a key lie in one partition only where somebody relies on it, or nothing is to be split. */
function splitOf(node: PlanNode, planner: BatchPlanner): JoinSplit {
  const { skew = 'auto' } = node.params as SkewOptions;
  if (skew === 'hash') return 'none';
  return skew === 'auto' && planner.isLayoutUsed(node) ? 'fragments' : 'pairs';
}

export const innerJoin = join('join', '!inner', { left: false, right: false });
export const leftOuterJoin = join('leftOuterJoin', '!left', { left: true, right: false });
export const rightOuterJoin = join('rightOuterJoin', '!right', { left: false, right: true });
export const fullOuterJoin = join('fullOuterJoin', '!full', { left: true, right: true });
