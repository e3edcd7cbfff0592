import { error } from '../../errors/index.ts';
import type { BatchPlanner } from '../../lineage/batch-planner.ts';
import type { RddNode } from '../../lineage/rdd-node.ts';
import type { PlanNode } from '../node.ts';

/** The batches of all inputs at a time. @throws MR_NO_BATCH if one has none: an operator over several streams needs all */
export function allBatches(node: PlanNode, time: number, planner: BatchPlanner): RddNode[] {
  return node.inputs.map((input) => {
    const batch = planner.rdd(input, time);
    if (batch === null) throw error('MR_NO_BATCH', { operator: node.name, time, input: input.name });
    return batch;
  });
}
