import type { SplitPlans } from '../skew/split-plans.ts';
import type { Pipe, PipeStep, Sink, TaskArgument } from '../task/program.ts';
import type { FnRef } from './function-scope.ts';
import { type Reads, readsOf, type StateBase } from './lineage-reads.ts';
import type { ProgramRegistry } from './program-registry.ts';
import { programSignature } from './program-signature.ts';
import type { Decision, Kept, RddNode } from './rdd-node.ts';
import { ShuffleStages } from './shuffle-stages.ts';
import type { PlannedInput, PlannedTask, Stage, StageGraph } from './stage-graph.ts';
import { statePipe } from './state-pipes.ts';
import type { TaskAttempts } from './task-attempts.ts';
import { pipeFrom, TaskDraft } from './task-draft.ts';

/** What an action does with the partitions of its RDD. */
export type ActionSink =
  | { readonly kind: 'records' }
  | { readonly kind: 'none' }
  | { readonly kind: 'foreach'; readonly fn: FnRef; readonly operator: string };

/**
 * Cuts the lineage of an action into stages.
 *
 *     source ─ flatMap ─ map ─┊ shuffle ┊─ reduce ─ filter ─► action
 *     └────── stage 0 ───────┘          └───── stage 1 ────┘
 *
 * Narrow chains become pipes of one task, wide dependencies become stages of their own. A lineage node that is to be kept
 * is read where it lies; if it was not computed yet, the task that computes it first keeps it on the way.
 */
export function cutStages(target: RddNode, sink: ActionSink, options: CutOptions): StageGraph {
  const cutter = new StageCutter(options.registry, readsOf(target, options.baseOf), options.baseOf);
  cutter.action(target, sink, options.partitions ?? allPartitions(target));
  const { time, broadcasts, writes, attempts, plans } = options;
  return { time, stages: cutter.stages, broadcasts, writes, attempts, plans };
}

/** What an action is cut for. */
export interface CutOptions {
  readonly registry: ProgramRegistry;
  /** Batch time in ms, as tasks see it. */
  readonly time: number;
  readonly broadcasts: ReadonlyMap<string, number>;
  readonly baseOf: StateBase;
  /** The partitions that the action wants; all of them if left out. */
  readonly partitions?: readonly number[];
  /** True if the action's own tasks write to the outside. */
  readonly writes?: boolean;
  /** Where failed attempts and copies of tasks are counted. */
  readonly attempts?: TaskAttempts;
  /** Where plans for split keys are kept. */
  readonly plans?: SplitPlans;
}

/** What a stage is made of. What is left out it has not, if nothing else is said. */
interface StageParts {
  /** Partitions that have a task; all of them if left out. */
  readonly partitions?: readonly number[];
  readonly sink: (task: TaskDraft) => Sink;
  /** What a task reads: its partition of the node if left out. */
  readonly read?: (task: TaskDraft, partition: number) => Pipe;
  readonly shuffle?: Stage['shuffle'];
  readonly split?: Stage['split'];
  readonly decision?: Stage['decision'];
}

/** Adds stages, and walks over what one task does. Shuffles and state are in files of their own, which come back here for what is behind them. */
export class StageCutter {
  readonly stages: Stage[] = [];
  readonly #registry: ProgramRegistry;
  readonly #reads: Reads;
  readonly #shuffles = new ShuffleStages(this);
  readonly #stores = new Map<RddNode, number>();
  readonly #decisions = new Map<Decision, number>();
  readonly baseOf: StateBase;
  #target: RddNode | null = null;

  constructor(registry: ProgramRegistry, reads: Reads, baseOf: StateBase) {
    this.#registry = registry;
    this.#reads = reads;
    this.baseOf = baseOf;
  }

  action(target: RddNode, sink: ActionSink, partitions: readonly number[]): void {
    this.#target = target;
    const batch = { time: target.scope.time, numPartitions: target.numPartitions };
    this.stage(target, {
      partitions,
      sink: (task) =>
        sink.kind === 'foreach'
          ? {
              kind: 'foreach',
              fn: task.fn(target.scope, sink.fn),
              batch: task.arg({ kind: 'value', value: batch }),
              operator: sink.operator,
            }
          : sink,
    });
  }

  /** Adds a stage over partitions of a node, behind the stages that its tasks need. */
  stage(node: RddNode, parts: StageParts): number {
    const { partitions = allPartitions(node), read = (task, p) => this.pipe(node, p, task) } = parts;
    const { shuffle = null, split = null, decision = null } = parts;
    const needs = new Set<number>();
    const operators = new Set<string>();
    const tasks = partitions.map((partition): PlannedTask => {
      const draft = new TaskDraft(needs, operators);
      const pipe = read(draft, partition);
      const sink = parts.sink(draft);
      const program = this.#registry.intern({ signature: programSignature(pipe, sink), pipe, sink });
      return { partition, program, inputs: draft.inputs, args: draft.args, keeps: draft.keeps, states: draft.states };
    });
    const id = this.stages.length;
    this.stages.push({ id, needs: [...needs], tasks, shuffle, split, decision, operators: [...operators] });
    return id;
  }

  /** The pipe that gives partition `p` of a node, within one task. */
  pipe(node: RddNode, p: number, task: TaskDraft): Pipe {
    const { kept } = node;
    if (kept === null || (kept.over && node !== this.#target)) return this.#compute(node, p, task);
    const handle = kept.handles[p];
    if (handle !== null) return pipeFrom({ kind: 'input', input: task.input({ kind: 'handle', handle }) });
    if ((this.#reads.uses.get(node) ?? 0) > 1 || this.#reads.moved.has(node)) {
      let stage = this.#stores.get(node);
      if (stage === undefined) {
        // Read twice or elsewhere within this action: a stage of its own computes it, its readers find it kept.
        const missing = allPartitions(node).filter((i) => kept.handles[i] === null);
        stage = this.stage(node, {
          partitions: missing,
          read: (draft, i) => this.#kept(node, kept, i, draft),
          sink: () => ({ kind: 'none' }),
        });
        this.#stores.set(node, stage);
      }
      task.needs.add(stage);
      return pipeFrom({ kind: 'input', input: task.input({ kind: 'stored', kept, partition: p }) });
    }
    return this.#kept(node, kept, p, task);
  }

  #kept(node: RddNode, kept: Kept, p: number, task: TaskDraft): Pipe {
    const pipe = this.#compute(node, p, task);
    const tee: PipeStep = { kind: 'tee', store: task.keep(`${node.id}:${p}`, kept, p) };
    return { source: pipe.source, steps: [...pipe.steps, tee] };
  }

  #compute(node: RddNode, p: number, task: TaskDraft): Pipe {
    const { op, scope } = node;
    const operator = scope.operator;
    task.operators.add(operator);
    switch (op.kind) {
      case 'step': {
        const from = this.pipe(op.parent, p, task);
        const step = { kind: op.step, fn: task.fn(scope, op.fn), operator };
        const { errors } = op;
        return { source: from.source, steps: [...from.steps, errors === null ? step : { ...step, errors }] };
      }
      case 'source':
        return pipeFrom({ kind: 'input', input: task.input(sourceInput(node, op, p)) });
      case 'partitions': {
        const from = this.pipe(op.parent, p, task);
        const context: TaskArgument = {
          kind: 'partitions',
          partition: p,
          time: scope.time,
          seed: `${node.id}`,
          parameter: op.parameter,
          decision: null,
        };
        const argument = op.decision === null ? task.arg(context) : this.decide(op.decision, task, context);
        return pipeFrom({ kind: 'partitions', from, fn: task.fn(scope, op.fn), context: argument, operator });
      }
      case 'fold': {
        const from = this.pipe(op.parent, p, task);
        const create = op.create === null ? null : task.fn(scope, op.create);
        return pipeFrom({ kind: 'fold', from, create, add: task.fn(scope, op.add), operator });
      }
      case 'union': {
        let rest = p;
        for (const parent of op.parents) {
          if (rest < parent.numPartitions) return this.pipe(parent, rest, task);
          rest -= parent.numPartitions;
        }
        throw new RangeError(`union has no partition ${p}`);
      }
      case 'zipUnion':
        return pipeFrom({ kind: 'concat', from: op.parents.map((parent) => this.pipe(parent, p, task)) });
      case 'coalesce':
        return pipeFrom({ kind: 'concat', from: op.groups[p].map((i) => this.pipe(op.parent, i, task)) });
      case 'shuffle':
        return this.#shuffles.reducer(node, op, p, task);
      case 'aggregate': {
        const from = this.pipe(op.parent, p, task);
        return pipeFrom({
          kind: 'aggregate',
          from,
          aggregator: task.aggregator(scope, op.aggregator),
          merged: op.merged,
          operator,
        });
      }
      case 'group':
        return pipeFrom({ kind: 'group', from: this.pipe(op.parent, p, task), operator });
      case 'cogroup':
        if (op.join !== null) return this.#shuffles.join(node, op.parents, op.join, p, task);
        return pipeFrom({
          kind: 'cogroup',
          sides: op.parents.map((side) => this.pipe(side, p, task)),
          pieces: null,
          operator,
        });
      case 'cartesian': {
        const left = this.pipe(op.left, Math.floor(p / op.right.numPartitions), task);
        return pipeFrom({ kind: 'cartesian', left, right: this.pipe(op.right, p % op.right.numPartitions, task) });
      }
      case 'probe':
        return pipeFrom({
          kind: 'probe',
          from: this.pipe(op.from, p, task),
          table: this.pipe(op.table, 0, task),
          small: op.small,
          keepsAlone: op.keepsAlone,
          name: task.arg({ kind: 'inGraph', name: node.id }),
          operator,
        });
      case 'state':
      case 'stateBefore':
      case 'stateLeaving':
      case 'snapshot':
        return statePipe(this, op, p, task);
    }
  }

  /** The argument that a decision becomes. @param then the rest of it for a function over partitions, null elsewhere */
  decide(decision: Decision, task: TaskDraft, then: Extract<TaskArgument, { kind: 'partitions' }> | null): number {
    let stage = this.#decisions.get(decision);
    if (stage === undefined) {
      const { from, compute, parameter } = decision;
      stage = this.stage(from, { decision: { compute, parameter }, sink: () => ({ kind: 'records' }) });
      this.#decisions.set(decision, stage);
    }
    task.needs.add(stage);
    return task.arg({ kind: 'decision', stage, then });
  }
}

function allPartitions(node: RddNode): number[] {
  return Array.from({ length: node.numPartitions }, (_, p) => p);
}

function sourceInput(node: RddNode, op: Extract<RddNode['op'], { kind: 'source' }>, p: number): PlannedInput {
  const partition = op.partitions[p];
  if (partition.kind === 'live') return { kind: 'live', records: partition.records, operator: node.scope.operator };
  if (partition.kind === 'blocks') return { ...partition, operator: node.scope.operator };
  if (op.reader === null) throw new TypeError(`${node.scope.operator} hands over ranges but has no reader`);
  return { kind: 'range', reader: op.reader, range: partition.range, operator: node.scope.operator };
}
