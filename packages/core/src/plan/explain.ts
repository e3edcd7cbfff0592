import type { PlanNode } from './node.ts';
import type { Plan } from './plan.ts';

/** One node of a plan as `explain('json')` shows it. */
export interface ExplainNode {
  readonly name: string;
  readonly kind: string;
  readonly inputs: readonly string[];
  readonly slideMs: number;
  /** How long its batches are kept, null for outputs. */
  readonly rememberMs: number | null;
  readonly dependency: string;
  readonly combinable: boolean;
  readonly invertible: boolean;
  /** True if its partitions are kept where they are computed. */
  readonly kept: boolean;
  readonly params: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  /** True if an output needs it; others are never computed. */
  readonly used: boolean;
}

/** One stage of a batch: operators that run as one task for each partition. */
export interface ExplainStage {
  readonly id: number;
  readonly operators: readonly string[];
  readonly needs: readonly number[];
  /** What ends the stage. */
  readonly ends: 'shuffle' | 'output';
}

/** A plan as data. */
export interface ExplainJson {
  readonly name: string;
  readonly backend: string;
  readonly batchIntervalMs: number;
  readonly defaultParallelism: number;
  readonly nodes: readonly ExplainNode[];
  readonly outputs: readonly {
    readonly id: number;
    readonly name: string;
    readonly kind: string;
    readonly stages: readonly ExplainStage[];
  }[];
}

/** What `explain` needs beside the plan. */
export interface ExplainContext {
  readonly name: string;
  readonly backend: string;
  readonly batchIntervalMs: number;
  readonly defaultParallelism: number;
  readonly persisted: ReadonlySet<string>;
}

/** The plan as data. */
export function explainJson(plan: Plan, remember: ReadonlyMap<string, number>, context: ExplainContext): ExplainJson {
  const used = new Set<string>();
  const mark = (node: PlanNode) => {
    if (used.has(node.name)) return;
    used.add(node.name);
    for (const input of node.inputs) mark(input);
  };
  for (const output of plan.outputs) mark(output);
  const { persisted, ...rest } = context;
  return {
    ...rest,
    nodes: plan.nodes.map((node) => ({
      name: node.name,
      kind: node.operator.kind,
      inputs: node.inputs.map((i) => i.name),
      slideMs: node.slideMs,
      rememberMs: remember.get(node.name) ?? null,
      dependency: node.operator.properties.dependency,
      combinable: node.operator.properties.combinable,
      invertible: node.operator.properties.invertible,
      kept: persisted.has(node.name),
      params: node.params,
      createdAt: node.createdAt,
      used: used.has(node.name),
    })),
    outputs: plan.outputs.map((o) => ({ id: o.outputId, name: o.name, kind: o.operator.kind, stages: stagesOf(o) })),
  };
}

/** Stages as a batch of one output has them: narrow operators share a stage, wide and stateful ones begin a new one. */
function stagesOf(output: PlanNode): ExplainStage[] {
  const stages: { id: number; operators: string[]; needs: number[]; ends: 'shuffle' | 'output' }[] = [];
  const into = new Map<string, number[]>();
  /** Puts a node and what is narrow before it into a stage. */
  const place = (node: PlanNode, stage: { operators: string[]; needs: number[] }) => {
    const { dependency } = node.operator.properties;
    const moves = (dependency === 'wide' || dependency === 'state') && !needsNoShuffle(node);
    for (const input of node.inputs) {
      if (!moves) {
        place(input, stage);
        continue;
      }
      let ids = into.get(`${node.name}<${input.name}`);
      if (ids === undefined) {
        const before = { id: 0, operators: [] as string[], needs: [] as number[], ends: 'shuffle' as const };
        place(input, before);
        if (node.operator.properties.combinable) before.operators.push(`${node.name} (combine)`);
        before.id = stages.push(before) - 1;
        ids = [before.id];
        into.set(`${node.name}<${input.name}`, ids);
      }
      for (const id of ids) if (!stage.needs.includes(id)) stage.needs.push(id);
    }
    if (!stage.operators.includes(node.name)) stage.operators.push(node.name);
  };
  const last = { id: 0, operators: [] as string[], needs: [] as number[], ends: 'output' as const };
  place(output, last);
  last.id = stages.push(last) - 1;
  return stages;
}

/** A key operator behind one with the same layout finds its pairs where they belong. */
function needsNoShuffle(node: PlanNode): boolean {
  const layout = JSON.stringify(node.params.partitioning);
  if (node.operator.kind === 'stateSnapshots' || node.operator.kind === 'mergeByKey') return true;
  return layout !== undefined && node.inputs.every((input) => laidOut(input, layout));
}

function laidOut(node: PlanNode, layout: string): boolean {
  if (node.operator.properties.preservesPartitioning) return node.inputs.every((i) => laidOut(i, layout));
  return JSON.stringify(node.params.partitioning) === layout && node.operator.kind !== 'mapWithState';
}

/** The plan as text. */
export function explainText(view: ExplainJson): string {
  const lines = [
    `job "${view.name}" on ${view.backend}: a batch every ${view.batchIntervalMs} ms, ${view.defaultParallelism} partitions by default`,
    'nodes:',
  ];
  for (const node of view.nodes) {
    const inputs = node.inputs.length === 0 ? '' : ` <- ${node.inputs.join(', ')}`;
    const notes = [`${node.dependency}`, `every ${node.slideMs} ms`, `remembered ${node.rememberMs} ms`];
    if (node.combinable) notes.push('combined before the shuffle');
    if (node.invertible) notes.push('incremental');
    if (node.kept) notes.push('kept');
    if (!node.used) notes.push('no output needs it: never computed');
    lines.push(`  ${node.name}${inputs}  [${notes.join('; ')}]`);
  }
  for (const output of view.outputs) {
    lines.push(`output ${output.id}, ${output.name}:`);
    for (const stage of output.stages) {
      const needs = stage.needs.length === 0 ? '' : ` after ${stage.needs.map((n) => `stage ${n}`).join(', ')}`;
      lines.push(`  stage ${stage.id}${needs}: ${stage.operators.join(' -> ')} => ${stage.ends}`);
    }
  }
  return lines.join('\n');
}
