import { inspect } from 'node:util';
import type { ShuffleMetrics } from '../skew/shuffle-metrics.ts';
import { combiningOf } from './explain-combining.ts';
import { type ExplainStage, stagesOf } from './explain-stages.ts';
import { consumersIn } from './layout-use.ts';
import type { PlanNode } from './node.ts';
import type { Plan } from './plan.ts';
import { type Mobility, mobilityOf } from './state-placement.ts';

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
  /** What becomes of its values before they move: whether they are combined, by the strategy that was chosen; null where they are left as they are. */
  readonly combining: string | null;
  readonly invertible: boolean;
  /** True if its partitions are kept where they are computed. */
  readonly kept: boolean;
  readonly params: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  /** What becomes of the keys of its state when some partitions get more records than others; null for nodes without state of their own. */
  readonly places: string | null;
  /** True if an output needs it; others are never computed. */
  readonly used: boolean;
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
  /** Of the last batch that is complete and shuffled anything; empty before the first one. */
  readonly shuffles: readonly ShuffleMetrics[];
}

/** What `explain` needs beside the plan. */
export interface ExplainContext {
  readonly name: string;
  readonly backend: string;
  readonly batchIntervalMs: number;
  readonly defaultParallelism: number;
  readonly persisted: ReadonlySet<string>;
  readonly shuffles: readonly ShuffleMetrics[];
}

const PLACES: Record<Mobility, string> = {
  moves: 'keys move with the load',
  home: 'keys stay where they are hashed to',
  stays: 'keys stay where they are',
};

/** The plan as data. */
export function explainJson(plan: Plan, remember: ReadonlyMap<string, number>, context: ExplainContext): ExplainJson {
  const consumersOf = consumersIn([...plan.nodes, ...plan.outputs]);
  const used = new Set<string>();
  const mark = (node: PlanNode) => {
    if (used.has(node.name)) return;
    used.add(node.name);
    for (const input of node.inputs) mark(input);
  };
  for (const output of plan.outputs) mark(output);
  const { persisted, shuffles, ...rest } = context;
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
      combining: combiningOf(node),
      invertible: node.operator.properties.invertible,
      kept: persisted.has(node.name),
      params: node.params,
      places:
        node.operator.stateLogic === undefined
          ? null
          : PLACES[mobilityOf(node, consumersOf, context.defaultParallelism)],
      createdAt: node.createdAt,
      used: used.has(node.name),
    })),
    outputs: plan.outputs.map((o) => ({ id: o.outputId, name: o.name, kind: o.operator.kind, stages: stagesOf(o) })),
    shuffles,
  };
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
    if (node.combining !== null) notes.push(node.combining);
    if (node.invertible) notes.push('incremental');
    if (node.places !== null) notes.push(node.places);
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
  if (view.shuffles.length > 0) lines.push('shuffles of the last batch:', ...view.shuffles.map(shuffleText));
  return lines.join('\n');
}

/** `groupByKey: 3000 records to 3 partitions, max/mean 1.02 in records and 1.04 in time; heavy keys: 'hot' 50 %; split: 'hot' over 3` */
function shuffleText({
  operator,
  records,
  moved,
  combined,
  maxOverMeanRecords,
  maxOverMeanMs,
  heavyKeys,
  split,
}: ShuffleMetrics): string {
  const total = records.reduce((sum, n) => sum + n, 0);
  const even = `max/mean ${maxOverMeanRecords.toFixed(2)} in records and ${maxOverMeanMs.toFixed(2)} in time`;
  const heavy = heavyKeys.map(
    (each) => `${inspect(each.key, SHORT)} ${Math.round((100 * each.records) / (moved + combined))} %`,
  );
  const keys = heavy.length === 0 ? '' : `; heavy keys: ${heavy.join(', ')}`;
  const parts = split?.keys.map(({ key, partitions }) => `${inspect(key, SHORT)} over ${partitions}`) ?? [];
  const shared = parts.length === 0 ? '' : `; split: ${parts.join(', ')}`;
  const before = combined === 0 ? '' : ` (${combined} more were combined into them)`;
  return `  ${operator}: ${total} records to ${records.length} partitions${before}, ${even}${keys}${shared}`;
}

/** How keys are shown. */
const SHORT = { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 40, maxArrayLength: 5 };
