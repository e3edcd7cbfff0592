import { dealRdd, partitionByRdd, unionRdd } from '../../lineage/rdd-ops.ts';
import type { Operator } from '../node.ts';
import { allBatches, keyedBatch } from './inputs.ts';
import { NARROW, WIDE, WIDE_BY_KEY } from './properties.ts';

/** Exactly n partitions in every batch, records dealt round-robin (R18). */
export const repartition: Operator = {
  kind: 'repartition',
  properties: WIDE,
  perRecord: true,
  lower(node, time, planner) {
    const parent = planner.rdd(node.inputs[0], time);
    return parent === null ? null : dealRdd(planner.scope(node, time), parent, node.params.numPartitions as number);
  },
};

/** Pairs moved to the partition of their key. */
export const partitionBy: Operator = {
  kind: 'partitionBy',
  properties: WIDE_BY_KEY,
  perRecord: true,
  lower(node, time, planner) {
    const keyed = keyedBatch(node, time, planner);
    if (keyed === null) return null;
    const { parent, scope, partitioner, ref } = keyed;
    return partitionByRdd(scope, parent, partitioner, ref);
  },
};

/** All of the first stream's batch, then the next (R20). A missing batch is an error (R4). */
export const union: Operator = {
  kind: 'union',
  properties: NARROW,
  perRecord: true,
  lower(node, time, planner) {
    return unionRdd(planner.scope(node, time), allBatches(node, time, planner));
  },
};
