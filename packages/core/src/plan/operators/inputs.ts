import { error } from '../../errors/index.ts';
import type { BatchPlanner } from '../../lineage/batch-planner.ts';
import type { FunctionScope } from '../../lineage/function-scope.ts';
import type { RddNode } from '../../lineage/rdd-node.ts';
import type { PlanNode } from '../node.ts';
import { partitionerOf } from '../partitioning.ts';

/** The batches of all inputs at a time. @throws MR_NO_BATCH if one has none: an operator over several streams needs all */
export function allBatches(node: PlanNode, time: number, planner: BatchPlanner): RddNode[] {
  return node.inputs.map((input) => {
    const batch = planner.rdd(input, time);
    if (batch === null) throw error('MR_NO_BATCH', { operator: node.name, time, input: input.name });
    return batch;
  });
}

/** What an operator by key on one stream is lowered from: the batch of its input, its scope and its layout; null where the input has no batch. */
export function keyedBatch(
  node: PlanNode,
  time: number,
  planner: BatchPlanner,
): (ReturnType<typeof partitionerOf> & { readonly parent: RddNode; readonly scope: FunctionScope }) | null {
  const parent = planner.rdd(node.inputs[0], time);
  if (parent === null) return null;
  const scope = planner.scope(node, time);
  return { parent, scope, ...partitionerOf(node, scope, planner.defaultParallelism) };
}
