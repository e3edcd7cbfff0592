import type { PlanNode } from './node.ts';
import type { Plan } from './plan.ts';

/** Nodes behind which there is an output, inputs first. */
export function neededNodes(plan: Plan): PlanNode[] {
  const needed = new Set<PlanNode>();
  const visit = (node: PlanNode) => {
    if (needed.has(node)) return;
    needed.add(node);
    node.inputs.forEach(visit);
  };
  plan.outputs.forEach(visit);
  return plan.nodes.filter((n) => needed.has(n));
}

/** Nodes with state behind which there is an output, inputs first. */
export function statefulNodes(plan: Plan): PlanNode[] {
  return neededNodes(plan).filter((n) => n.operator.properties.dependency === 'state');
}
