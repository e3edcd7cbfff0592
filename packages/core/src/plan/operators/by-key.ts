import type { AggregatorRefs } from '../../lineage/rdd-node.ts';
import { aggregateByKeyRdd, groupByKeyRdd, mergeByKeyRdd, saltedByKeyRdd, stepRdd } from '../../lineage/rdd-ops.ts';
import type { Operator } from '../node.ts';
import { splits } from '../skew-option.ts';
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
    return aggregateByKeyRdd(scope, parent, partitioner, ref, { create: null, add: f, merge: f }, true);
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
    return saltedByKeyRdd(
      scope,
      parent,
      partitioner,
      ref,
      { create: null, add: f, merge: f },
      node.params.salts as number,
    );
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
    const refs: AggregatorRefs = { create: scope.at(0), add: scope.at(1), merge: scope.at(2) };
    const boxed = aggregateByKeyRdd(
      scope,
      parent,
      partitioner,
      ref,
      refs,
      node.params.mapSideCombine !== false,
      splits(node.params),
    );
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
    const accumulators = aggregateByKeyRdd(
      scope,
      parent,
      partitioner,
      ref,
      { create: scope.at(0), add: scope.at(1), merge },
      true,
      splits(node.params),
    );
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
