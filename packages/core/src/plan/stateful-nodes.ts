import type { PlanNode } from './node.ts';
import type { Plan } from './plan.ts';

/** Nodes behind which there is an output, inputs first. */
export function neededNodes(plan: Plan): PlanNode[] {
  const needed = withUpstream(plan.outputs);
  return plan.nodes.filter((n) => needed.has(n));
}

/** Nodes, and all that they are made from. */
export function withUpstream(nodes: readonly PlanNode[]): Set<PlanNode> {
  const found = new Set<PlanNode>();
  const visit = (node: PlanNode) => {
    if (found.has(node)) return;
    found.add(node);
    node.inputs.forEach(visit);
  };
  nodes.forEach(visit);
  return found;
}

/** Nodes that have state or are computed from it. */
export function nodesFromState(plan: Plan): Set<PlanNode> {
  const found = new Set<PlanNode>();
  // Nodes are made after their inputs.
  for (const node of plan.nodes)
    if (node.operator.properties.dependency === 'state' || node.inputs.some((input) => found.has(input)))
      found.add(node);
  return found;
}

/** Nodes with state behind which there is an output, inputs first. */
export function statefulNodes(plan: Plan): PlanNode[] {
  return neededNodes(plan).filter((n) => n.operator.properties.dependency === 'state');
}
