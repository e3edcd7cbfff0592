import { aggregateByKeyRdd, mergeByKeyRdd, saltedByKeyRdd } from '../../lineage/aggregate-ops.ts';
import { groupByKeyRdd, stepRdd } from '../../lineage/rdd-ops.ts';
import type { Operator } from '../node.ts';
import { splits, strategyOf, uncombined } from '../skew-option.ts';
import { keyedBatch } from './inputs.ts';
import { COMBINABLE_BY_KEY, NARROW_KEEPING_KEYS, WIDE_BY_KEY } from './properties.ts';

/** Values of a key put together by function 0. */
export const reduceByKey: Operator = {
  kind: 'reduceByKey',
  properties: COMBINABLE_BY_KEY,
  lower(node, time, planner) {
    const keyed = keyedBatch(node, time, planner);
    if (keyed === null) return null;
    const { parent, scope, partitioner, ref } = keyed;
    const f = scope.at(0);
    const aggregator = { create: null, add: f, merge: f };
    return aggregateByKeyRdd(scope, parent, { partitioner, ref, aggregator, strategy: strategyOf(node) });
  },
};

/** Values of a key put together by function 0: first those with the same random prefix, then what is left. */
export const saltedReduceByKey: Operator = {
  kind: 'saltedReduceByKey',
  properties: WIDE_BY_KEY,
  lower(node, time, planner) {
    const keyed = keyedBatch(node, time, planner);
    if (keyed === null) return null;
    const { parent, scope, partitioner, ref } = keyed;
    const f = scope.at(0);
    const aggregator = { create: null, add: f, merge: f };
    return saltedByKeyRdd(scope, parent, { partitioner, ref, aggregator }, node.params.salts as number);
  },
};

/**
 * Spark's combineByKey. Functions: 0 creates from the first value, 1 adds a value, 2 merges two. The engine's aggregate
 * creates empty, so what is carried is a box that is empty until the first value came.
 */
export const combineByKey: Operator = {
  kind: 'combineByKey',
  properties: COMBINABLE_BY_KEY,
  lower(node, time, planner) {
    const keyed = keyedBatch(node, time, planner);
    if (keyed === null) return null;
    const { parent, scope, partitioner, ref } = keyed;
    const aggregator = { create: scope.at(0), add: scope.at(1), merge: scope.at(2) };
    const strategy = node.params.mapSideCombine === false ? uncombined(strategyOf(node)) : strategyOf(node);
    const boxed = aggregateByKeyRdd(scope, parent, { partitioner, ref, aggregator, strategy });
    return stepRdd(scope, boxed, 'mapValues', scope.at(3));
  },
};

/** An aggregate for each key: functions create, add, merge, finish. */
export const aggregateByKey: Operator = {
  kind: 'aggregateByKey',
  properties: COMBINABLE_BY_KEY,
  lower(node, time, planner) {
    const keyed = keyedBatch(node, time, planner);
    if (keyed === null) return null;
    const { parent, scope, partitioner, ref } = keyed;
    const merge = node.params.mergeable === true ? scope.at(2) : null;
    const aggregator = { create: scope.at(0), add: scope.at(1), merge };
    const accumulators = aggregateByKeyRdd(scope, parent, { partitioner, ref, aggregator, strategy: strategyOf(node) });
    return node.params.finish === true ? stepRdd(scope, accumulators, 'mapValues', scope.at(3)) : accumulators;
  },
};

/** Accumulators of co-partitioned panes merged for each key: the second half of a recomputed window. */
export const mergeByKey: Operator = {
  kind: 'mergeByKey',
  properties: NARROW_KEEPING_KEYS,
  lower(node, time, planner) {
    const parent = planner.rdd(node.inputs[0], time);
    if (parent === null) return null;
    const scope = planner.scope(node, time);
    const merged = mergeByKeyRdd(scope, parent, { create: scope.at(0), add: scope.at(1), merge: scope.at(2) });
    return stepRdd(scope, merged, 'mapValues', scope.at(3));
  },
};

/** `[key, values]`, the values in the order of the partitions they came from. */
export const groupByKey: Operator = {
  kind: 'groupByKey',
  properties: WIDE_BY_KEY,
  lower(node, time, planner) {
    const keyed = keyedBatch(node, time, planner);
    if (keyed === null) return null;
    const { parent, scope, partitioner, ref } = keyed;
    return groupByKeyRdd(scope, parent, partitioner, ref, splits(node.params));
  },
};
