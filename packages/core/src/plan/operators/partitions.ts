import { partitionsRdd } from '../../lineage/rdd-ops.ts';
import type { Operator } from '../node.ts';
import { NARROW } from './properties.ts';

/** A function over whole partitions: `(records, context) => iterable`, function 0 of the node. */
export const mapPartitions: Operator = {
  kind: 'mapPartitions',
  properties: NARROW,
  lower(node, time, planner) {
    const parent = planner.rdd(node.inputs[0], time);
    if (parent === null) return null;
    const scope = planner.scope(node, time);
    return partitionsRdd(scope, parent, scope.at(0), {
      preservesPartitioning: node.params.preservesPartitioning === true,
    });
  },
};

/** Each partition becomes one record, an array. */
export const glom: Operator = {
  kind: 'glom',
  properties: NARROW,
  lower(node, time, planner) {
    const parent = planner.rdd(node.inputs[0], time);
    return parent === null ? null : partitionsRdd(planner.scope(node, time), parent, '!glom');
  },
};
