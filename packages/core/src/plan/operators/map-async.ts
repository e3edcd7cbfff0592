import { partitionsRdd } from '../../lineage/rdd-ops.ts';
import type { Operator, OperatorProperties } from '../node.ts';
import { NARROW, NARROW_KEEPING_KEYS } from './properties.ts';

/** An operator that is a function over whole partitions which the task waits for: function 0 of the node. */
function waiting(kind: string, properties: OperatorProperties): Operator {
  return {
    kind,
    properties,
    perRecord: true,
    lower(node, time, planner) {
      const parent = planner.rdd(node.inputs[0], time);
      if (parent === null) return null;
      const scope = planner.scope(node, time);
      const { preservesPartitioning } = properties;
      return partitionsRdd(scope, parent, scope.at(0), {
        preservesPartitioning,
        parameter: planner.recordErrors(node),
      });
    },
  };
}

/** One record to one, by a function that waits. */
export const mapAsync = waiting('mapAsync', NARROW);
/** One record to none or itself, by a function that waits. */
export const filterAsync = waiting('filterAsync', NARROW_KEEPING_KEYS);
