import type { JoinKind } from '../skew/join-plan.ts';
import type { SplitPlans } from '../skew/split-plans.ts';
import type { Pipe, PipeSource, PipeStep, Program, Sink, TaskArgument } from '../task/program.ts';
import type { FnRef, FunctionScope } from './function-scope.ts';
import { isJoinSide } from './join-ops.ts';
import { programSignature } from './program-signature.ts';
import type { Decision, Kept, PartitionerRef, RddNode } from './rdd-node.ts';
import { isBoundToPartition, movedNodes, readBy } from './rdd-parents.ts';
import type { PlannedInput, PlannedTask, Stage, StageGraph } from './stage-graph.ts';
import type { TaskAttempts } from './task-attempts.ts';
import { TaskDraft } from './task-draft.ts';

/** What an action does with the partitions of its RDD. */
export type ActionSink =
  | { readonly kind: 'records' }
  | { readonly kind: 'none' }
  | { readonly kind: 'foreach'; readonly fn: FnRef; readonly operator: string };

/** Programs by signature, so that equal ones are one object from batch to batch. */
export class ProgramRegistry {
  readonly #programs = new Map<string, Program>();
  readonly #limit: number;

  /** @param limit programs remembered; the oldest goes when there are more */
  constructor(limit = 4096) {
    this.#limit = limit;
  }

  /** The program with this signature; `program` itself if it is the first. */
  intern(program: Program): Program {
    const known = this.#programs.get(program.signature);
    if (known !== undefined) return known;
    this.#programs.set(program.signature, program);
    if (this.#programs.size > this.#limit) this.#programs.delete(this.#programs.keys().next().value as string);
    return program;
  }

  get size(): number {
    return this.#programs.size;
  }
}

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

/** Time of the batch whose changes of a stateful node have committed last; null before the first. */
export type StateBase = (node: string) => number | null;

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

/** How an action reads its lineage. Nodes whose partitions lie ready hide what is behind them. */
interface Reads {
  /** How often each node is read. */
  readonly uses: ReadonlyMap<RddNode, number>;
  /** Nodes bound to their partition that tasks of other numbers want to read: they need tasks of their own. */
  readonly moved: ReadonlySet<RddNode>;
}

function readsOf(target: RddNode, baseOf: StateBase): Reads {
  const parents = (node: RddNode) => readBy(node, baseOf);
  const uses = new Map<RddNode, number>();
  let bound = false;
  const visit = (node: RddNode) => {
    const before = uses.get(node) ?? 0;
    uses.set(node, before + 1);
    if (before > 0 || isReady(node)) return;
    if (isBoundToPartition(node)) bound = true;
    for (const parent of parents(node)) visit(parent);
  };
  visit(target);
  return { uses, moved: bound ? movedNodes([target], parents) : NOTHING_MOVED };
}

const NOTHING_MOVED: ReadonlySet<RddNode> = new Set();

/** True if every partition of a kept node lies ready. */
export function isReady(node: RddNode): boolean {
  return node.kept !== null && !node.kept.over && node.kept.handles.every((h) => h !== null);
}

class StageCutter {
  readonly stages: Stage[] = [];
  readonly #registry: ProgramRegistry;
  readonly #reads: Reads;
  readonly #shuffles = new Map<RddNode, number>();
  readonly #fragments = new Map<RddNode, number>();
  readonly #residues = new Map<RddNode, number>();
  readonly #stores = new Map<RddNode, number>();
  readonly #decisions = new Map<Decision, number>();

  readonly #baseOf: StateBase;
  #target: RddNode | null = null;

  constructor(registry: ProgramRegistry, reads: Reads, baseOf: StateBase) {
    this.#registry = registry;
    this.#reads = reads;
    this.#baseOf = baseOf;
  }

  action(target: RddNode, sink: ActionSink, partitions: readonly number[]): void {
    this.#target = target;
    const batch = { time: target.scope.time, numPartitions: target.numPartitions };
    this.#stage(target, partitions, null, null, (task) =>
      sink.kind === 'foreach'
        ? {
            kind: 'foreach',
            fn: task.fn(target.scope, sink.fn),
            batch: task.arg({ kind: 'value', value: batch }),
            operator: sink.operator,
          }
        : sink,
    );
  }

  #stage(
    node: RddNode,
    partitions: readonly number[],
    shuffle: Stage['shuffle'],
    decision: Stage['decision'],
    sinkOf: (task: TaskDraft) => Sink,
    read: (task: TaskDraft, partition: number) => Pipe = (task, p) => this.pipe(node, p, task),
    split: Stage['split'] = null,
  ): number {
    const needs = new Set<number>();
    const operators = new Set<string>();
    const tasks = partitions.map((partition): PlannedTask => {
      const draft = new TaskDraft(needs, operators);
      const pipe = read(draft, partition);
      const sink = sinkOf(draft);
      const program = this.#registry.intern({
        signature: programSignature(pipe, sink),
        pipe,
        sink,
      });
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
    if (handle !== null) return { source: { kind: 'input', input: task.input({ kind: 'handle', handle }) }, steps: [] };
    if ((this.#reads.uses.get(node) ?? 0) > 1 || this.#reads.moved.has(node)) {
      let stage = this.#stores.get(node);
      if (stage === undefined) {
        // Read twice or elsewhere within this action: a stage of its own computes it, its readers find it kept.
        const missing = allPartitions(node).filter((i) => kept.handles[i] === null);
        stage = this.#stage(
          node,
          missing,
          null,
          null,
          () => ({ kind: 'none' }),
          (draft, i) => this.#kept(node, kept, i, draft),
        );
        this.#stores.set(node, stage);
      }
      task.needs.add(stage);
      return { source: { kind: 'input', input: task.input({ kind: 'stored', kept, partition: p }) }, steps: [] };
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
        return only({ kind: 'input', input: task.input(sourceInput(node, op, p)) });
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
        const argument = op.decision === null ? task.arg(context) : this.#decide(op.decision, task, context);
        return only({ kind: 'partitions', from, fn: task.fn(scope, op.fn), context: argument, operator });
      }
      case 'fold': {
        const from = this.pipe(op.parent, p, task);
        const create = op.create === null ? null : task.fn(scope, op.create);
        return only({ kind: 'fold', from, create, add: task.fn(scope, op.add), operator });
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
        return only({ kind: 'concat', from: op.parents.map((parent) => this.pipe(parent, p, task)) });
      case 'coalesce':
        return only({ kind: 'concat', from: op.groups[p].map((i) => this.pipe(op.parent, i, task)) });
      case 'shuffle': {
        const stage = this.#mapStage(node, op);
        task.needs.add(stage);
        const fragments = op.splits && node.numPartitions > 1 ? this.#fragmentStage(node, op, stage) : null;
        if (fragments !== null) task.needs.add(fragments);
        const input = task.input({ kind: 'shuffle', stage, reducer: p, fragments });
        const aggregator = op.aggregator === null ? null : task.aggregator(scope, op.aggregator);
        const merge = op.group
          ? 'group'
          : aggregator === null
            ? null
            : op.combine === 'never'
              ? 'values'
              : 'accumulators';
        return only({ kind: 'shuffle', input, mode: op.mode, merge, aggregator, operator });
      }
      case 'aggregate': {
        const from = this.pipe(op.parent, p, task);
        return only({
          kind: 'aggregate',
          from,
          aggregator: task.aggregator(scope, op.aggregator),
          merged: op.merged,
          operator,
        });
      }
      case 'group':
        return only({ kind: 'group', from: this.pipe(op.parent, p, task), operator });
      case 'cogroup':
        if (op.join !== null) return this.#join(node, op.parents, op.join, p, task);
        return only({
          kind: 'cogroup',
          sides: op.parents.map((side) => this.pipe(side, p, task)),
          pieces: null,
          operator,
        });
      case 'cartesian': {
        const left = this.pipe(op.left, Math.floor(p / op.right.numPartitions), task);
        return only({ kind: 'cartesian', left, right: this.pipe(op.right, p % op.right.numPartitions, task) });
      }
      case 'probe':
        return only({
          kind: 'probe',
          from: this.pipe(op.from, p, task),
          table: this.pipe(op.table, 0, task),
          small: op.small,
          keepsAlone: op.keepsAlone,
          name: task.arg({ kind: 'inGraph', name: node.id }),
          operator,
        });
      case 'state': {
        const base = this.#baseOf(op.node);
        const late = op.late?.(base) ?? [];
        const parents = late.length === 0 ? op.parents : [...late.map(([, pane]) => pane), ...op.parents];
        const sides = parents.map((side) => this.pipe(side, p, task));
        const entering = [...late.map(([time]) => time), ...(op.action.entering ?? [])];
        const action = late.length === 0 ? op.action : { ...op.action, entering };
        const initial = op.initial === null || base !== null ? null : this.pipe(op.initial, p, task);
        const moves = op.moves?.(base) ?? null;
        const arriving = moves === null ? null : this.pipe(moves.arriving, p, task);
        const placed = moves === null ? action : { ...action, moves: moves.moves };
        task.states.push(op.node);
        return only({
          kind: 'state',
          sides,
          initial,
          arriving,
          node: op.node,
          action: task.arg({ kind: 'action', action: { ...placed, base } }),
        });
      }
      case 'stateBefore': {
        task.states.push(op.node);
        const base = this.#baseOf(op.node);
        return only({ kind: 'stateBefore', node: op.node, base: task.arg({ kind: 'value', value: base }) });
      }
      case 'stateLeaving': {
        task.states.push(op.node);
        const base = task.arg({ kind: 'value', value: this.#baseOf(op.node) });
        const moves = task.arg({ kind: 'value', value: op.moves });
        return only({ kind: 'stateLeaving', node: op.node, base, moves });
      }
      case 'snapshot': {
        const from = this.pipe(op.parent, p, task);
        task.states.push(op.node);
        return only({ kind: 'snapshot', from, node: op.node });
      }
    }
  }

  #mapStage(node: RddNode, op: Extract<RddNode['op'], { kind: 'shuffle' }>): number {
    const known = this.#shuffles.get(node);
    if (known !== undefined) return known;
    const { scope } = node;
    const splits = op.splits && node.numPartitions > 1;
    const { places, side } = op;
    const shuffle: Stage['shuffle'] = {
      key: `${node.id}!`,
      reducers: node.numPartitions,
      sets: 1,
      splits,
      side,
      ...(places === undefined ? {} : { places }),
    };
    const stage = this.#stage(op.parent, allPartitions(op.parent), shuffle, null, (task) => ({
      kind: 'shuffle',
      mode: op.mode,
      reducers: node.numPartitions,
      partition: this.#partition(scope, op.partitionerRef, task),
      aggregator: op.combine === 'never' || op.aggregator === null ? null : task.aggregator(scope, op.aggregator),
      measured: op.combine === 'measured',
      operator: scope.operator,
    }));
    this.#shuffles.set(node, stage);
    return stage;
  }

  /** Tasks that take part in the work on split keys, one for each partition; they run only if there are any. */
  #fragmentStage(node: RddNode, op: Extract<RddNode['op'], { kind: 'shuffle' }>, stage: number): number {
    const known = this.#fragments.get(node);
    if (known !== undefined) return known;
    const { scope, numPartitions: reducers } = node;
    const { operator } = scope;
    const fragments = this.#stage(
      node,
      allPartitions(node),
      { key: `${node.id}!!`, reducers, sets: 2, splits: false, side: null },
      null,
      () => ({ kind: 'fragments', reducers, operator }),
      (task, p) => {
        task.needs.add(stage);
        task.operators.add(operator);
        const input = task.input({ kind: 'fragments', stage, reducer: p });
        const aggregator = op.aggregator === null ? null : task.aggregator(scope, op.aggregator);
        return only({
          kind: 'fragments',
          input,
          merge: aggregator === null ? 'group' : 'values',
          aggregator,
          operator,
        });
      },
      { kind: 'fragments', of: stage },
    );
    this.#fragments.set(node, fragments);
    return fragments;
  }

  /** Both sides of a join whose heavy keys may have their pairs in several partitions. */
  #join(node: RddNode, parents: readonly RddNode[], join: JoinKind, p: number, task: TaskDraft): Pipe {
    const { operator } = node.scope;
    const sides = parents.map((side) => this.#side(side, p, task));
    let stage = this.#residues.get(node);
    if (stage === undefined) {
      const of = parents.map((side) => (isJoinSide(side) ? this.#mapStage(side, side.op) : null));
      stage = this.#stage(
        node,
        allPartitions(node),
        { key: `${node.id}!!`, reducers: 0, sets: 1, splits: false, side: null },
        null,
        () => ({ kind: 'residues', operator }),
        (draft, partition) => {
          draft.operators.add(operator);
          const read = parents.map((side) => this.#side(side, partition, draft));
          const wanted = draft.input({ kind: 'wanted', sides: of, reducer: partition });
          return only({ kind: 'residues', sides: read, wanted, operator });
        },
        { kind: 'residues', of, join },
      );
      this.#residues.set(node, stage);
    }
    task.needs.add(stage);
    return only({ kind: 'cogroup', sides, pieces: task.input({ kind: 'pieces', stage, reducer: p }), operator });
  }

  /** One side of such a join: what map tasks have left in their buckets, or what lies there. */
  #side(side: RddNode, p: number, task: TaskDraft): Pipe {
    if (!isJoinSide(side)) return this.pipe(side, p, task);
    const { op, scope } = side;
    const stage = this.#mapStage(side, op);
    task.needs.add(stage);
    task.operators.add(scope.operator);
    const input = task.input({ kind: 'shuffle', stage, reducer: p, fragments: null });
    return only({ kind: 'shuffle', input, mode: op.mode, merge: null, aggregator: null, operator: scope.operator });
  }

  #partition(
    scope: FunctionScope,
    ref: PartitionerRef,
    task: TaskDraft,
  ): Extract<Sink, { kind: 'shuffle' }>['partition'] {
    switch (ref.kind) {
      case 'hash':
      case 'deal':
        return { kind: 'hash' };
      case 'buckets':
        return { kind: 'buckets', table: task.arg({ kind: 'value', value: ref.table }) };
      case 'custom':
        return { kind: 'custom', fn: task.fn(scope, ref.fn), name: ref.name };
      case 'range':
        return { kind: 'range', plan: this.#decide(ref.decision, task, null), ascending: ref.ascending };
    }
  }

  #decide(decision: Decision, task: TaskDraft, then: Extract<TaskArgument, { kind: 'partitions' }> | null): number {
    let stage = this.#decisions.get(decision);
    if (stage === undefined) {
      const { from, compute, parameter } = decision;
      stage = this.#stage(from, allPartitions(from), null, { compute, parameter }, () => ({ kind: 'records' }));
      this.#decisions.set(decision, stage);
    }
    task.needs.add(stage);
    return task.arg({ kind: 'decision', stage, then });
  }
}

function only(source: PipeSource): Pipe {
  return { source, steps: [] };
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
