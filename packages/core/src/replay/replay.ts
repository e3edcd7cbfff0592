import { error } from '../errors/index.ts';
import type { BatchPlanner } from '../lineage/batch-planner.ts';
import { FunctionScope } from '../lineage/function-scope.ts';
import type { RddNode } from '../lineage/rdd-node.ts';
import { sourceRdd, unionRdd } from '../lineage/rdd-ops.ts';
import type { OutputNode, PlanNode } from '../plan/node.ts';
import type { Plan } from '../plan/plan.ts';
import type { Letter } from './letter.ts';
import { inOrder, replayId } from './letter.ts';

/** Letters of one batch time. */
interface LetterBatch {
  readonly time: number;
  /** Names this replay of the batch, by what is in the letters: the same ones have the same name whenever they are replayed. */
  readonly id: string;
  readonly byOperator: ReadonlyMap<string, readonly Letter[]>;
}

/** What a replay may do. */
export interface ReplayRules {
  /** Names of outputs; null: all that depend on an operator of the letters. */
  readonly outputs: readonly string[] | null;
  /** Whether operators over a whole batch may see the letters alone. */
  readonly partial: boolean;
}

/**
 * Letters in the place of a job's sources. In the plan of a batch:
 *
 *     sources, and all that does not depend on an operator of the letters    an empty batch, and nothing is computed
 *     the input of an operator that has letters                              for that operator alone: the letters as well
 *     what depends on it                                                     as always
 */
export class Replay {
  readonly #plan: Plan;
  readonly #batches = new Map<number, LetterBatch>();
  readonly #rules: ReplayRules;

  /** @throws MR_REPLAY_OPERATOR, MR_REPLAY_OUTPUT, MR_REPLAY_REFUSED */
  constructor(plan: Plan, letters: readonly Letter[], rules: ReplayRules) {
    this.#plan = plan;
    this.#rules = rules;
    const operators = this.#operators(letters);
    this.#checkOutputs(operators);
    this.#refuse(operators);
    for (const [time, ofTime] of Map.groupBy(letters, (letter) => letter.time)) {
      const sorted = inOrder(ofTime);
      const byOperator = Map.groupBy(sorted, ({ operator }) => operator);
      this.#batches.set(time, { time, id: replayId(sorted), byOperator });
    }
  }

  /** Batch times, oldest first. */
  get times(): number[] {
    return [...this.#batches.keys()].sort((a, b) => a - b);
  }

  /** What tells the replay of a batch from the batch. */
  idAt(time: number): string | null {
    return this.#batches.get(time)?.id ?? null;
  }

  /** How many letters a batch time has. */
  lettersAt(time: number): number {
    let sum = 0;
    for (const letters of this.#batches.get(time)?.byOperator.values() ?? []) sum += letters.length;
    return sum;
  }

  /** The outputs of a batch. */
  outputsAt(time: number): OutputNode[] {
    const operators = [...(this.#batches.get(time)?.byOperator.keys() ?? [])].map((name) => this.#plan.node(name));
    return this.#chosen(affectedBy(this.#plan, operators));
  }

  /** Has a batch be planned with the letters. */
  prepare(time: number, planner: BatchPlanner): void {
    const { byOperator } = this.#batches.get(time) as LetterBatch;
    const affected = affectedBy(
      this.#plan,
      [...byOperator.keys()].map((name) => this.#plan.node(name)),
    );
    for (const node of this.#plan.nodes) {
      if (!affected.has(node)) planner.seed(node, time, sourceRdd(planner.scope(node, time), []));
    }
    // Inputs are made before what reads them: an operator that is behind another one finds what comes from that.
    for (const node of this.#plan.nodes) {
      const letters = byOperator.get(node.name);
      if (letters === undefined) continue;
      const [input] = node.inputs as [PlanNode];
      const before = planner.rdd(input, time);
      planner.seed(input, time, withLetters(node, time, letters, affected.has(input) ? before : null));
      planner.rdd(node, time);
      // Others that read the same stream have nothing to do with the letters.
      planner.seed(input, time, before);
    }
  }

  #operators(letters: readonly Letter[]): PlanNode[] {
    const known = new Map(this.#plan.nodes.map((node) => [node.name, node]));
    const names = [...new Set(letters.map(({ operator }) => operator))];
    const unknown = names.filter((name) => known.get(name)?.inputs.length !== 1);
    if (unknown.length > 0) throw error('MR_REPLAY_OPERATOR', { operators: unknown, known: [...known.keys()] });
    return names.map((name) => known.get(name) as PlanNode);
  }

  #checkOutputs(operators: readonly PlanNode[]): void {
    const { outputs } = this.#rules;
    const affected = affectedBy(this.#plan, operators);
    const known = this.#plan.outputs.filter((output) => affected.has(output)).map(({ name }) => name);
    for (const output of outputs ?? [])
      if (!known.includes(output)) throw error('MR_REPLAY_OUTPUT', { output, outputs: known });
  }

  /** Refuses outputs that would be wrong. */
  #refuse(operators: readonly PlanNode[]): void {
    const affected = affectedBy(this.#plan, operators);
    const needed = new Set<PlanNode>();
    const visit = (node: PlanNode) => {
      if (needed.has(node) || !affected.has(node)) return;
      needed.add(node);
      node.inputs.forEach(visit);
    };
    for (const output of this.#chosen(affected)) visit(output);
    const refused = [...needed].flatMap((node) => {
      const why = this.#whyNot(node, affected);
      return why === null ? [] : [{ name: node.name, kind: node.operator.kind, why }];
    });
    if (refused.length > 0) throw error('MR_REPLAY_REFUSED', { refused });
  }

  #whyNot({ operator, inputs }: PlanNode, affected: ReadonlySet<PlanNode>): string | null {
    const { dependency } = operator.properties;
    if (dependency === 'state') return 'it has state, which a replay has not';
    if (dependency === 'window') return 'it looks at other batches, which a replay has not';
    if (dependency === 'output' || operator.perRecord === true) return null;
    const missing = inputs.filter((input) => !affected.has(input)).map(({ name }) => name);
    if (missing.length > 0)
      return `it puts records together with those of ${missing.join(', ')}, which a replay has not`;
    return this.#rules.partial ? null : 'it looks at a batch as a whole, of which a replay has the letters alone';
  }

  #chosen(affected: ReadonlySet<PlanNode>): OutputNode[] {
    const { outputs } = this.#rules;
    return this.#plan.outputs.filter(
      (output) => affected.has(output) && (outputs === null || outputs.includes(output.name)),
    );
  }
}

/** Nodes that are among some, or depend on one of them. */
function affectedBy(plan: Plan, operators: readonly PlanNode[]): Set<PlanNode> {
  const affected = new Set<PlanNode>(operators);
  for (const node of [...plan.nodes, ...plan.outputs])
    if (node.inputs.some((input) => affected.has(input))) affected.add(node);
  return affected;
}

/** What an operator reads: the letters in the partitions that they were in, and behind them what else is there. */
function withLetters(node: PlanNode, time: number, letters: readonly Letter[], rest: RddNode | null): RddNode {
  // No node can have this name.
  const scope = new FunctionScope({ id: `letters@${node.name}`, operator: node.name, time });
  const partitions = [...Map.groupBy(letters, ({ partition }) => partition).values()].map(
    (ofPartition) => ({ kind: 'live', records: ofPartition.map(({ record }) => record) }) as const,
  );
  const rdd = sourceRdd(scope, partitions);
  return rest === null ? rdd : unionRdd(scope, [rdd, rest]);
}
