import type { PlanNode } from './node.ts';

/** One stage of a batch: operators that run as one task for each partition. */
export interface ExplainStage {
  readonly id: number;
  readonly operators: readonly string[];
  readonly needs: readonly number[];
  /** What ends the stage. */
  readonly ends: 'shuffle' | 'output';
}

/**
 * The stages of one output's batch, as far as the plan tells: narrow operators share a stage, operators that move records
 * begin a new one. What `transform` adds is known only when its function has run for a batch.
 */
export function stagesOf(output: PlanNode): ExplainStage[] {
  const stages: { id: number; operators: string[]; needs: number[]; ends: 'shuffle' | 'output' }[] = [];
  const mapStages = new Map<string, number>();
  /** Puts a node, and what is narrow before it, into a stage. */
  const place = (node: PlanNode, stage: { operators: string[]; needs: number[] }) => {
    for (const input of node.inputs) {
      if (!moves(node, input)) {
        place(input, stage);
        continue;
      }
      const edge = `${node.name}<${input.name}`;
      let id = mapStages.get(edge);
      if (id === undefined) {
        const before = { id: 0, operators: [] as string[], needs: [] as number[], ends: 'shuffle' as const };
        place(input, before);
        if (node.operator.properties.combinable) before.operators.push(`${node.name} (combine)`);
        id = stages.push(before) - 1;
        before.id = id;
        mapStages.set(edge, id);
      }
      if (!stage.needs.includes(id)) stage.needs.push(id);
    }
    if (!stage.operators.includes(node.name)) stage.operators.push(node.name);
  };
  const last = { id: 0, operators: [] as string[], needs: [] as number[], ends: 'output' as const };
  place(output, last);
  last.id = stages.push(last) - 1;
  return stages;
}

/** True if a node gets an input's records by a shuffle: not where they lie as it wants them already. */
function moves(node: PlanNode, input: PlanNode): boolean {
  const { dependency } = node.operator.properties;
  if (dependency !== 'wide' && dependency !== 'state') return false;
  const layout = JSON.stringify(node.params.partitioning);
  return layout === undefined ? node.operator.properties.dependency === 'wide' : !laidOut(input, layout);
}

function laidOut(node: PlanNode, layout: string): boolean {
  const { preservesPartitioning, partitionsByKey } = node.operator.properties;
  if (preservesPartitioning) return node.inputs.every((input) => laidOut(input, layout));
  return partitionsByKey && JSON.stringify(node.params.partitioning) === layout;
}
