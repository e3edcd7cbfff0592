import type { BucketMoves } from '../data/bucket-table.ts';
import type { AnyFunction } from '../lineage/function-scope.ts';
import type { AggregatorFunctions } from './accumulators.ts';
import { spread } from './checks.ts';
import { cogroupColumns } from './cogroup.ts';
import { type Columns, pairsFrom, toColumns } from './columns.ts';
import type { LoopSink, LoopState } from './fuse.ts';
import { keysToSkip, pieceRecords, type Residues, residuesOf } from './join-pieces.ts';
import { OperatorFailure } from './operator-failure.ts';
import type { PartitionContext } from './partition-context.ts';
import { Pieces } from './pieces.ts';
import { PipeInput, type Stretch } from './pipe-input.ts';
import { type ProbeTable, probe, probeTable } from './probe.ts';
import type { TableName } from './probe-tables.ts';
import type { BucketInput, Pipe, PipeSource, ProgramAggregator, Task, TaskInput } from './program.ts';
import { mergeBuckets } from './shuffle-read.ts';
import { type Sliced, SliceSize } from './slices.ts';
import { Later, type SlotServices } from './slot-services.ts';
import { assembleFragments, type Fragments, groupFragments } from './split-read.ts';
import type { TaskHost } from './task-host.ts';

/** Where the records of a loop go, and who is blamed for its sink; null: the last operator of the pipe. */
export interface LoopTarget {
  readonly sink: LoopSink;
  /** Addresses of the sink's functions. */
  readonly functions: readonly string[];
  readonly operator: string | null;
  readonly state: LoopState;
}

/**
 * One attempt at one task: pulls records through its program's pipes. Pure but for what it keeps with its host: given the
 * same inputs and arguments it gives the same output.
 */
export class TaskRun {
  readonly task: Task;
  readonly #host: TaskHost;
  readonly #slices: SliceSize;
  readonly #tees: unknown[][] = [];
  recordsRead = 0;
  /** Records that were looked up in the small side of a join. */
  recordsProbed = 0;
  /** Pairs that its sink has combined into others. */
  recordsCombined = 0;

  constructor(task: Task, host: TaskHost) {
    this.task = task;
    this.#host = host;
    this.#slices = new SliceSize(host.elapsed);
    for (let i = 0; i < task.stores.length; i++) this.#tees.push([]);
  }

  /** What tee steps kept, by index of the task's `stores`. */
  get kept(): readonly unknown[][] {
    return this.#tees;
  }

  /** All records of a pipe as an array, which the caller may not change. */
  *records(pipe: Pipe): Sliced<readonly unknown[]> {
    if (pipe.steps.length === 0) return yield* this.#source(pipe.source);
    const only = pipe.steps.length === 1 ? pipe.steps[0] : null;
    if (only !== null && only.kind === 'tee') {
      const input = yield* this.#source(pipe.source);
      // Nothing flows by but what the source has: keep the array itself.
      this.#tees[only.store] = input as unknown[];
      return input;
    }
    const state = yield* this.#loop(pipe, { kind: 'collect' });
    return state.out;
  }

  /** Pairs of a pipe as columns, in pieces: without making pairs where they come straight from a shuffle. */
  *columns(pipe: Pipe): Sliced<readonly Columns[]> {
    const { source, steps } = pipe;
    if (steps.length === 0) {
      if (source.kind === 'shuffle' && source.mode === 'pairs')
        return (yield* this.#shuffled(source)).filter((c) => c.keys.length > 0);
      if (source.kind === 'group' || (source.kind === 'aggregate' && source.merged))
        return [yield* this.#together(source)];
      if (source.kind === 'aggregate') return [yield* this.#combined(source)];
    }
    const records = yield* this.records(pipe);
    if (records.length === 0) return [];
    try {
      return [toColumns(records, this.operatorOf(pipe))];
    } catch (e) {
      throw this.#blame(e, pipe, -1);
    }
  }

  /** Runs a pipe into a sink of its loop. */
  *into(
    pipe: Pipe,
    sink: LoopSink,
    operator: string,
    sinkFunctions: readonly string[],
    extra: Partial<LoopState> = {},
  ): Sliced<LoopState> {
    return yield* this.#loop(pipe, sink, sinkFunctions, extra, operator);
  }

  /** Name of the operator whose records a pipe carries, for errors. */
  operatorOf(pipe: Pipe): string {
    for (let i = pipe.steps.length - 1; i >= 0; i--) {
      const step = pipe.steps[i];
      if (step.kind !== 'tee') return step.operator;
    }
    const { source } = pipe;
    if ('operator' in source) return source.operator;
    if ('node' in source) return source.node;
    if (source.kind === 'input') {
      const input = this.task.inputs[source.input];
      if ((input.kind === 'range' || input.kind === 'live' || input.kind === 'blocks') && input.operator !== undefined)
        return input.operator;
    }
    return 'input';
  }

  /** For functions that wait. */
  get services(): SlotServices {
    return this.#host.services;
  }

  resolve(fn: string): AnyFunction {
    return this.#host.resolve(fn, this.task);
  }

  /** Runs a pipe's records through its loop: all at once, or piece after piece where its source gives them so. */
  *#loop(
    pipe: Pipe,
    sink: LoopSink,
    sinkFunctions: readonly string[] = [],
    extra: Partial<LoopState> = {},
    operator: string | null = null,
  ): Sliced<LoopState> {
    const state = this.loopState(pipe, extra);
    const input = yield* this.open(pipe);
    const into = { sink, functions: sinkFunctions, operator, state };
    try {
      while ((yield* this.some(pipe, input, Number.POSITIVE_INFINITY, into)) > 0);
    } finally {
      yield* input.close();
    }
    return state;
  }

  /** What a loop of a pipe writes to. */
  loopState(pipe: Pipe, extra: Partial<LoopState>): LoopState {
    return {
      failed: -1,
      out: [],
      tees: this.#teesOf(pipe),
      places: NO_PLACES,
      merged: 0,
      counts: [],
      accumulator: undefined,
      filled: false,
      keys: [],
      values: [],
      partition: NO_PARTITION,
      ...extra,
    };
  }

  /** The records of a pipe's source, for `some`. To be closed. */
  *open({ source }: Pipe): Sliced<PipeInput> {
    return new PipeInput(source.kind === 'input' ? yield* this.#input(source.input) : yield* this.#source(source));
  }

  /** Runs the next records of a pipe through its loop, at most so many; how many it were, 0 after the last. */
  *some(pipe: Pipe, input: PipeInput, limit: number, into: LoopTarget): Sliced<number> {
    const stretch = yield* input.next(limit);
    if (stretch === null) return 0;
    const count = stretch.to - stretch.from;
    if (input.total === null) this.recordsRead += count;
    yield* this.#slicesOf(pipe, stretch, into);
    return count;
  }

  /** Runs some records through a pipe's loop, slice by slice. */
  *#slicesOf(pipe: Pipe, stretch: Stretch, { sink, functions, operator, state }: LoopTarget): Sliced<void> {
    const { records, to: end } = stretch;
    const run = this.#host.loop(pipe, sink, functions, this.task, () => operator ?? this.operatorOf(pipe));
    const slices = this.#slices;
    let { from } = stretch;
    try {
      while (from < end) {
        const to = Math.min(end, from + slices.records);
        slices.begin();
        run(state, records, from, to);
        slices.end();
        from = to;
        if (from < end) yield undefined;
      }
    } catch (e) {
      throw this.#blame(e, pipe, state.failed, operator);
    }
  }

  /** Puts the operator's name on a user's exception; the scheduler adds batch and partition. */
  #blame(e: unknown, pipe: Pipe, failed: number, sinkOperator: string | null = null): unknown {
    if (e instanceof OperatorFailure) return e;
    const step = pipe.steps[failed];
    const operator =
      step !== undefined && step.kind !== 'tee' ? step.operator : (sinkOperator ?? this.operatorOf(pipe));
    return new OperatorFailure(operator, e);
  }

  #teesOf(pipe: Pipe): unknown[][] {
    const tees: unknown[][] = [];
    for (const step of pipe.steps) if (step.kind === 'tee') tees.push(this.#tees[step.store]);
    return tees;
  }

  #buckets(input: number): readonly Columns[] {
    const { inputs } = this.task;
    return this.#read((inputs[input] as Extract<TaskInput, { kind: 'buckets' | 'fragments' }>).buckets);
  }

  #read(buckets: readonly BucketInput[]): readonly Columns[] {
    const columns = buckets.map((bucket) => this.#host.readBucket(bucket));
    for (const c of columns) this.recordsRead += c.values.length;
    return columns;
  }

  /** What a fragment task makes of its partition and its slices. */
  *fragments(source: Extract<PipeSource, { kind: 'fragments' }>): Sliced<Fragments> {
    const { part } = this.task.inputs[source.input] as Extract<TaskInput, { kind: 'fragments' }>;
    const functions = source.aggregator === null ? null : this.aggregator(source.aggregator);
    const buckets = this.#buckets(source.input);
    return yield* this.guarded(
      source.operator,
      groupFragments(buckets, part, this.task.partition, source.merge, functions),
    );
  }

  /** An input's records; those that come in pieces are counted when they come. */
  *#input(index: number): Sliced<readonly unknown[] | Pieces> {
    const input = yield* this.#host.readInput(this.task.inputs[index]);
    if (!(input instanceof Pieces)) this.recordsRead += input.length;
    return input;
  }

  /** How many records a pipe has, where its input says so: sealed records need not be decoded to be counted. */
  #knownCount({ source, steps }: Pipe): number | null {
    const input = source.kind === 'input' && steps.length === 0 ? this.task.inputs[source.input] : null;
    if (input?.kind !== 'blocks') return null;
    let sum = 0;
    for (const { count } of input.blocks) {
      if (count < 0) return null;
      sum += count;
    }
    this.recordsRead += sum;
    return sum;
  }

  *#source(source: PipeSource): Sliced<readonly unknown[]> {
    switch (source.kind) {
      case 'input': {
        const input = yield* this.#input(source.input);
        if (!(input instanceof Pieces)) return input;
        const records = yield* input.gather();
        this.recordsRead += records.length;
        return records;
      }
      case 'shuffle': {
        if (source.mode === 'pairs') return pairsFrom(yield* this.#shuffled(source));
        const buckets = this.#buckets(source.input);
        return buckets.length === 1 ? buckets[0].values : buckets.flatMap((b) => b.values);
      }
      case 'fragments':
      case 'residues':
        throw new TypeError(`${source.kind} are read by their sink`);
      case 'partitions': {
        const records = yield* this.records(source.from);
        return yield* this.#wholePartition(source, records);
      }
      case 'fold': {
        const known = source.add === '!increment' ? this.#knownCount(source.from) : null;
        if (known !== null) return [known];
        const names = [source.add];
        const create = source.create === null ? null : this.resolve(source.create);
        const state = yield* this.into(source.from, { kind: 'fold' }, source.operator, names, {
          accumulator: create === null ? undefined : create(),
          filled: create !== null,
        });
        return state.filled ? [state.accumulator] : [];
      }
      case 'aggregate':
        return pairsFrom([yield* source.merged ? this.#together(source) : this.#combined(source)]);
      case 'group':
        return pairsFrom([yield* this.#together(source)]);
      case 'concat': {
        const out: unknown[] = [];
        for (const from of source.from) {
          const records = yield* this.records(from);
          for (let i = 0; i < records.length; i++) out.push(records[i]);
        }
        return out;
      }
      case 'cogroup': {
        const sides: (readonly Columns[])[] = [];
        for (const side of source.sides) sides.push(yield* this.columns(side));
        const pieces = source.pieces === null ? null : this.task.inputs[source.pieces];
        if (pieces?.kind !== 'pieces') return cogroupColumns(sides);
        const { part, buckets } = pieces;
        if (part.own.length + part.pieces.length === 0) return cogroupColumns(sides);
        return [...cogroupColumns(sides, keysToSkip(part)), ...pieceRecords(part, this.#read(buckets))];
      }
      case 'cartesian': {
        const left = yield* this.records(source.left);
        const right = yield* this.records(source.right);
        const out: unknown[] = [];
        for (const a of left) {
          for (const b of right) out.push([a, b]);
          if ((out.length & 0x3fff) < right.length) yield undefined;
        }
        return out;
      }
      case 'probe': {
        const name = this.task.args[source.name];
        if (name.kind !== 'value') throw new TypeError('a probe needs the name of its table');
        const make = () => this.#probeTable(source);
        const table = yield* this.#host.probeTable(name.value as TableName, make);
        const pairs = yield* this.records(source.from);
        this.recordsProbed += pairs.length;
        return yield* this.guarded(source.operator, probe(pairs, table, source));
      }
      case 'state': {
        const argument = this.task.args[source.action];
        if (argument.kind !== 'action') throw new TypeError('a state source needs an action argument');
        const sides: (readonly Columns[])[] = [];
        for (const side of source.sides) sides.push(yield* this.columns(side));
        const initial = source.initial === null ? null : yield* this.columns(source.initial);
        const arriving = source.arriving === null ? null : yield* this.columns(source.arriving);
        return yield* this.guarded(
          source.node,
          this.#host.applyState(source.node, this.task.partition, argument.action, sides, { initial, arriving }),
        );
      }
      case 'stateBefore': {
        const base = this.task.args[source.base];
        if (base.kind !== 'value') throw new TypeError('state before a batch needs that batch');
        return this.#host.stateBefore(source.node, this.task.partition, base.value as number | null);
      }
      case 'stateLeaving': {
        const [base, moves] = [this.task.args[source.base], this.task.args[source.moves]];
        if (base.kind !== 'value' || moves.kind !== 'value')
          throw new TypeError('state that leaves needs to know where');
        const before = base.value as number;
        return yield* this.#host.stateLeaving(source.node, this.task.partition, before, moves.value as BucketMoves);
      }
      case 'snapshot':
        yield* this.records(source.from);
        return this.#host.snapshotState(source.node, this.task.partition);
    }
  }

  /** What a reducer gets, with values of a key put together if the source says so. */
  *#shuffled(source: Extract<PipeSource, { kind: 'shuffle' }>): Sliced<readonly Columns[]> {
    const functions = source.aggregator === null ? null : this.aggregator(source.aggregator);
    const input = this.task.inputs[source.input];
    if (input.kind === 'assembly') return [yield* this.#assembled(source, input, functions)];
    const buckets = this.#buckets(source.input);
    if (source.merge === null) return buckets;
    return [yield* this.guarded(source.operator, mergeBuckets(buckets, source.merge, functions))];
  }

  /** What fragment tasks have made of a reducer's keys. */
  *#assembled(
    { merge, operator }: Extract<PipeSource, { kind: 'shuffle' }>,
    { rest, fragments, keys }: Extract<TaskInput, { kind: 'assembly' }>,
    functions: AggregatorFunctions | null,
  ): Sliced<Columns> {
    const [own = NO_COLUMNS] = this.#read(rest === null ? [] : [rest]);
    const others = this.#read(fragments);
    const how = merge === 'values' ? 'values' : 'group';
    const columns = yield* this.guarded(operator, assembleFragments(own, others, keys, how, functions));
    return merge === null ? { ...columns, grouped: true } : columns;
  }

  *#probeTable({ table, operator }: Extract<PipeSource, { kind: 'probe' }>): Sliced<ProbeTable> {
    const pairs = yield* this.records(table);
    return yield* this.guarded(operator, probeTable(pairs, operator));
  }

  /** What is left of split keys in the sides of a join. */
  *residues(source: Extract<PipeSource, { kind: 'residues' }>): Sliced<Residues> {
    const { keys } = this.task.inputs[source.wanted] as Extract<TaskInput, { kind: 'wanted' }>;
    const sides: (readonly Columns[])[] = [];
    if (keys.own.length > 0) for (const side of source.sides) sides.push(yield* this.columns(side));
    return residuesOf(sides, keys);
  }

  /** Pairs that lie where they belong, put together by key. */
  *#together(source: Extract<PipeSource, { kind: 'aggregate' | 'group' }>): Sliced<Columns> {
    const columns = yield* this.columns(source.from);
    if (source.kind === 'group') return yield* mergeBuckets(columns, 'group', null);
    return yield* this.guarded(
      source.operator,
      mergeBuckets(columns, 'accumulators', this.aggregator(source.aggregator)),
    );
  }

  /** Accumulators of a pipe's pairs by key. */
  *#combined({ from, aggregator, operator }: Extract<PipeSource, { kind: 'aggregate' }>): Sliced<Columns> {
    const names = aggregator.create === null ? [aggregator.add] : [aggregator.add, aggregator.create];
    const sink = { kind: 'aggregate', create: aggregator.create !== null, counts: false } as const;
    const [keys, values] = [[], []];
    yield* this.into(from, sink, operator, names, { places: new Map(), keys: [keys], values: [values] });
    return { keys, values, unique: true };
  }

  /** Blames an operator for exceptions that leave a generator. */
  *guarded<T>(operator: string, work: Sliced<T>): Sliced<T> {
    try {
      return yield* work;
    } catch (e) {
      throw e instanceof OperatorFailure ? e : new OperatorFailure(operator, e);
    }
  }

  /** The same for work that does not yield. */
  blaming<T>(operator: string, work: () => T): T {
    try {
      return work();
    } catch (e) {
      throw e instanceof OperatorFailure ? e : new OperatorFailure(operator, e);
    }
  }

  /** The functions behind a program's aggregate. */
  aggregator(aggregator: ProgramAggregator): AggregatorFunctions {
    return {
      create: aggregator.create === null ? null : this.resolve(aggregator.create),
      add: this.resolve(aggregator.add),
      merge: aggregator.merge === null ? null : this.resolve(aggregator.merge),
    };
  }

  *#wholePartition(
    source: Extract<PipeSource, { kind: 'partitions' }>,
    records: readonly unknown[],
  ): Sliced<readonly unknown[]> {
    const argument = this.task.args[source.context];
    if (argument.kind !== 'partitions') throw new TypeError('a partitions source needs a partitions argument');
    const { partition, time, seed, parameter, decision } = argument;
    const { operator } = source;
    const context: PartitionContext = { partition, time, seed, parameter, decision, operator, services: this.services };
    try {
      const result = this.resolve(source.fn)(records, context);
      if (result instanceof Later) return yield* awaited(result);
      return Array.isArray(result) ? result : spread(result, operator);
    } catch (e) {
      throw e instanceof OperatorFailure ? e : new OperatorFailure(operator, e);
    }
  }
}

function* awaited(later: Later): Sliced<readonly unknown[]> {
  try {
    return (yield later.records) as readonly unknown[];
  } catch (e) {
    later.giveUp(e);
    throw e;
  }
}

const NO_PLACES: LoopState['places'] = new Map();
const NO_COLUMNS: Columns = { keys: [], values: [] };
const NO_PARTITION = () => 0;
