import { describePartitioner } from '../../data/partitioner.ts';
import { FunctionScope } from '../../lineage/function-scope.ts';
import type { RddNode } from '../../lineage/rdd-node.ts';
import type { Operator } from '../node.ts';
import { allBatches } from './inputs.ts';
import { NARROW } from './properties.ts';

/** What the fluent layer registers as function 0: runs the user's function over handles on the batches. */
export type LineageBuilder = (scope: FunctionScope, parents: readonly RddNode[], time: number) => RddNode;

/** A function over batches. It runs here, at planning, every interval, also for empty batches (R7). */
export const transform: Operator = {
  kind: 'transform',
  properties: NARROW,
  lower(node, time, planner) {
    const parents = allBatches(node, time, planner);
    const scope = new FunctionScope({
      id: `${node.name}@${time}`,
      operator: node.name,
      time,
      rebuild: {
        node: node.name,
        time,
        inputs: parents.map((p) => ({
          numPartitions: p.numPartitions,
          partitioner: p.partitioner === null ? null : describePartitioner(p.partitioner),
        })),
      },
    });
    return (node.functions[0] as LineageBuilder)(scope, parents, time);
  },
};
