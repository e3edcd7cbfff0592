import type { Operator } from '../node.ts';
import { OUTPUT, SOURCE } from './properties.ts';

/** A source: what it has at a batch time. Function 0, if there is one, reads ranges inside tasks. */
export const input: Operator = {
  kind: 'input',
  properties: SOURCE,
  lower(node, time, planner) {
    return planner.sourceBatch(node, time);
  },
};

/** A function over each batch, on the driver. */
export const foreachRDD: Operator = {
  kind: 'foreachRDD',
  properties: OUTPUT,
  runsOn: 'driver',
  lower(node, time, planner) {
    return planner.rdd(node.inputs[0], time);
  },
};

/** A function over each partition, where the partition is. */
export const foreachPartition: Operator = { ...foreachRDD, kind: 'foreachPartition', runsOn: 'partitions' };
