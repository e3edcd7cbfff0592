import { aggregateByKeyRdd } from '../../lineage/aggregate-ops.ts';
import { foldRdd, gatherRdd, stepRdd } from '../../lineage/rdd-ops.ts';
import type { Operator } from '../node.ts';
import { strategyOf } from '../skew-option.ts';
import { keyedBatch } from './inputs.ts';
import { COMBINABLE, COMBINABLE_BY_KEY } from './properties.ts';

/** One record for the batch, none for an empty one (R15): function 0 puts two together. */
export const reduce: Operator = {
  kind: 'reduce',
  properties: COMBINABLE,
  lower(node, time, planner) {
    const parent = planner.rdd(node.inputs[0], time);
    if (parent === null) return null;
    const scope = planner.scope(node, time);
    const partial = foldRdd(scope, parent, null, scope.at(0));
    return partial.numPartitions === 1 ? partial : foldRdd(scope, gatherRdd(scope, partial), null, scope.at(0));
  },
};

/** One number for the batch, 0 for an empty one (R15). */
export const count: Operator = {
  kind: 'count',
  properties: COMBINABLE,
  lower(node, time, planner) {
    const parent = planner.rdd(node.inputs[0], time);
    if (parent === null) return null;
    const scope = planner.scope(node, time);
    const partial = foldRdd(scope, parent, '!zero', '!increment');
    return partial.numPartitions === 1 ? partial : foldRdd(scope, gatherRdd(scope, partial), '!zero', '!add');
  },
};

/** An aggregate over the whole batch: functions create, add, merge, finish. Exactly one record, also for an empty batch. */
export const aggregate: Operator = {
  kind: 'aggregate',
  properties: COMBINABLE,
  lower(node, time, planner) {
    const parent = planner.rdd(node.inputs[0], time);
    if (parent === null) return null;
    const scope = planner.scope(node, time);
    const [create, add, merge, finish] = [scope.at(0), scope.at(1), scope.at(2), scope.at(3)];
    if (parent.numPartitions === 1 || node.params.mergeable !== true) {
      return stepRdd(scope, foldRdd(scope, gatherRdd(scope, parent), create, add), 'map', finish);
    }
    const partial = foldRdd(scope, parent, create, add);
    return stepRdd(scope, foldRdd(scope, gatherRdd(scope, partial), create, merge), 'map', finish);
  },
};

/** `[value, how often]` for each distinct value of the batch. */
export const countByValue: Operator = {
  kind: 'countByValue',
  properties: COMBINABLE_BY_KEY,
  lower(node, time, planner) {
    const keyed = keyedBatch(node, time, planner);
    if (keyed === null) return null;
    const { parent, scope, partitioner, ref } = keyed;
    const pairs = stepRdd(scope, parent, 'map', '!one');
    const aggregator = { create: null, add: '!add', merge: '!add' };
    return aggregateByKeyRdd(scope, pairs, { partitioner, ref, aggregator, strategy: strategyOf(node) });
  },
};
