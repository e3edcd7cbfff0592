import type { StepKind } from '../../lineage/rdd-node.ts';
import { stepRdd } from '../../lineage/rdd-ops.ts';
import type { Operator, OperatorProperties } from '../node.ts';
import { NARROW, NARROW_KEEPING_KEYS } from './properties.ts';

/** An operator that is one per-record step: function 0 of the node, fused with its neighbours. */
function step(kind: StepKind, properties: OperatorProperties): Operator {
  return {
    kind,
    properties,
    perRecord: true,
    lower(node, time, planner) {
      const parent = planner.rdd(node.inputs[0], time);
      if (parent === null) return null;
      const scope = planner.scope(node, time);
      return stepRdd(scope, parent, kind, scope.at(0), planner.recordErrors(node));
    },
  };
}

/** One record to one. */
export const map = step('map', NARROW);
/** One record to none or itself. */
export const filter = step('filter', NARROW_KEEPING_KEYS);
/** One record to many. */
export const flatMap = step('flatMap', NARROW);
/** One value to one, the key kept. */
export const mapValues = step('mapValues', NARROW_KEEPING_KEYS);
/** One value to many, the key kept. */
export const flatMapValues = step('flatMapValues', NARROW_KEEPING_KEYS);
