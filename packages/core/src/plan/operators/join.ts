import { cogroupRdd, stepRdd } from '../../lineage/rdd-ops.ts';
import type { Operator } from '../node.ts';
import { partitionerOf } from '../partitioning.ts';
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
    return cogroupRdd(scope, parents, partitioner, ref);
  },
};

/** A join: all combinations of both value lists of a key; null on the absent side of outer joins (R17). */
function join(kind: string, combine: string): Operator {
  return {
    kind,
    properties: WIDE_BY_KEY,
    lower(node, time, planner) {
      const grouped = cogroup.lower(node, time, planner);
      return grouped === null ? null : stepRdd(grouped.scope, grouped, 'flatMapValues', combine);
    },
  };
}

export const innerJoin = join('join', '!inner');
export const leftOuterJoin = join('leftOuterJoin', '!left');
export const rightOuterJoin = join('rightOuterJoin', '!right');
export const fullOuterJoin = join('fullOuterJoin', '!full');
