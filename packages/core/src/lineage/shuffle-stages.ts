import type { JoinKind } from '../skew/join-plan.ts';
import type { Pipe, Sink } from '../task/program.ts';
import type { FunctionScope } from './function-scope.ts';
import { isJoinSide } from './join-ops.ts';
import type { PartitionerRef, RddNode, RddOp } from './rdd-node.ts';
import type { StageCutter } from './stage-cutter.ts';
import type { StageShuffle } from './stage-graph.ts';
import { pipeFrom, type TaskDraft } from './task-draft.ts';

type ShuffleOp = Extract<RddOp, { kind: 'shuffle' }>;

/**
 * Stages that a shuffle makes of an action, each cut at most once: the map tasks before it, tasks that share the work on split keys, and for
 * joins tasks that take out what is left of them.
 */
export class ShuffleStages {
  readonly #cutter: StageCutter;
  readonly #maps = new Map<RddNode, number>();
  readonly #fragments = new Map<RddNode, number>();
  readonly #residues = new Map<RddNode, number>();

  constructor(cutter: StageCutter) {
    this.#cutter = cutter;
  }

  /** What a reducer reads. */
  reducer(node: RddNode, op: ShuffleOp, p: number, task: TaskDraft): Pipe {
    const { scope } = node;
    const stage = this.#mapStage(node, op);
    task.needs.add(stage);
    const fragments = op.splits && node.numPartitions > 1 ? this.#fragmentStage(node, op, stage) : null;
    if (fragments !== null) task.needs.add(fragments);
    const input = task.input({ kind: 'shuffle', stage, reducer: p, fragments });
    const aggregator = op.aggregator === null ? null : task.aggregator(scope, op.aggregator);
    const merge = op.group ? 'group' : aggregator === null ? null : op.combine === 'never' ? 'values' : 'accumulators';
    return pipeFrom({ kind: 'shuffle', input, mode: op.mode, merge, aggregator, operator: scope.operator });
  }

  /** Both sides of a join whose heavy keys may have their pairs in several partitions. */
  join(node: RddNode, parents: readonly RddNode[], join: JoinKind, p: number, task: TaskDraft): Pipe {
    const sides = parents.map((side) => this.#side(side, p, task));
    const stage = this.#residueStage(node, parents, join);
    task.needs.add(stage);
    const pieces = task.input({ kind: 'pieces', stage, reducer: p });
    return pipeFrom({ kind: 'cogroup', sides, pieces, operator: node.scope.operator });
  }

  #mapStage(node: RddNode, op: ShuffleOp): number {
    const known = this.#maps.get(node);
    if (known !== undefined) return known;
    const { scope, numPartitions: reducers } = node;
    const { places, side } = op;
    const shuffle: StageShuffle = {
      key: `${node.id}!`,
      reducers,
      sets: 1,
      splits: op.splits && reducers > 1,
      side,
      ...(places === undefined ? {} : { places }),
    };
    const stage = this.#cutter.stage(op.parent, {
      shuffle,
      sink: (task) => ({
        kind: 'shuffle',
        mode: op.mode,
        reducers,
        partition: this.#partition(scope, op.partitionerRef, task),
        aggregator: op.combine === 'never' || op.aggregator === null ? null : task.aggregator(scope, op.aggregator),
        measured: op.combine === 'measured',
        operator: scope.operator,
      }),
    });
    this.#maps.set(node, stage);
    return stage;
  }

  /** Tasks that take part in the work on split keys, one for each partition; they run only if there are any. */
  #fragmentStage(node: RddNode, op: ShuffleOp, stage: number): number {
    const known = this.#fragments.get(node);
    if (known !== undefined) return known;
    const { scope, numPartitions: reducers } = node;
    const { operator } = scope;
    const fragments = this.#cutter.stage(node, {
      shuffle: { key: `${node.id}!!`, reducers, sets: 2, splits: false, side: null },
      split: { kind: 'fragments', of: stage },
      sink: () => ({ kind: 'fragments', reducers, operator }),
      read: (task, p) => {
        task.needs.add(stage);
        task.operators.add(operator);
        const input = task.input({ kind: 'fragments', stage, reducer: p });
        const aggregator = op.aggregator === null ? null : task.aggregator(scope, op.aggregator);
        const merge = aggregator === null ? 'group' : 'values';
        return pipeFrom({ kind: 'fragments', input, merge, aggregator, operator });
      },
    });
    this.#fragments.set(node, fragments);
    return fragments;
  }

  /** Tasks that take out what map tasks have left of split keys in the sides of a join; they run only if there are any. */
  #residueStage(node: RddNode, parents: readonly RddNode[], join: JoinKind): number {
    const known = this.#residues.get(node);
    if (known !== undefined) return known;
    const { operator } = node.scope;
    const of = parents.map((side) => (isJoinSide(side) ? this.#mapStage(side, side.op) : null));
    const stage = this.#cutter.stage(node, {
      shuffle: { key: `${node.id}!!`, reducers: 0, sets: 1, splits: false, side: null },
      split: { kind: 'residues', of, join },
      sink: () => ({ kind: 'residues', operator }),
      read: (task, p) => {
        task.operators.add(operator);
        const sides = parents.map((side) => this.#side(side, p, task));
        const wanted = task.input({ kind: 'wanted', sides: of, reducer: p });
        return pipeFrom({ kind: 'residues', sides, wanted, operator });
      },
    });
    this.#residues.set(node, stage);
    return stage;
  }

  /** One side of a join: what map tasks have left in their buckets, or what lies there. */
  #side(side: RddNode, p: number, task: TaskDraft): Pipe {
    if (!isJoinSide(side)) return this.#cutter.pipe(side, p, task);
    const { op, scope } = side;
    const { operator } = scope;
    const stage = this.#mapStage(side, op);
    task.needs.add(stage);
    task.operators.add(operator);
    const input = task.input({ kind: 'shuffle', stage, reducer: p, fragments: null });
    return pipeFrom({ kind: 'shuffle', input, mode: op.mode, merge: null, aggregator: null, operator });
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
        return { kind: 'range', plan: this.#cutter.decide(ref.decision, task, null), ascending: ref.ascending };
    }
  }
}
