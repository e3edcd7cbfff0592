import type { AnyFunction } from '../lineage/function-scope.ts';
import type { AggregatorFunctions } from './accumulators.ts';
import { type Columns, toColumns } from './columns.ts';
import type { LoopSink, LoopState } from './fuse.ts';
import { OperatorFailure } from './operator-failure.ts';
import { Pieces } from './pieces.ts';
import { PipeInput, type Stretch } from './pipe-input.ts';
import { sourceColumns, sourceRecords } from './pipe-sources.ts';
import type { BucketInput, Pipe, ProgramAggregator, Task } from './program.ts';
import { type Sliced, SliceSize } from './slices.ts';
import type { SlotServices } from './slot-services.ts';
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
 * same inputs and arguments it gives the same output. What comes out of a pipe's source is in `pipe-sources.ts`.
 */
export class TaskRun {
  readonly task: Task;
  /** The slot that it runs in. */
  readonly host: TaskHost;
  readonly #slices: SliceSize;
  readonly #tees: unknown[][] = [];
  recordsRead = 0;
  /** Records that were looked up in the small side of a join. */
  recordsProbed = 0;
  /** Pairs that its sink has combined into others. */
  recordsCombined = 0;

  constructor(task: Task, host: TaskHost) {
    this.task = task;
    this.host = host;
    this.#slices = new SliceSize(host.elapsed);
    for (let i = 0; i < task.stores.length; i++) this.#tees.push([]);
  }

  /** What tee steps kept, by index of the task's `stores`. */
  get kept(): readonly unknown[][] {
    return this.#tees;
  }

  /** All records of a pipe as an array, which the caller may not change. */
  *records(pipe: Pipe): Sliced<readonly unknown[]> {
    if (pipe.steps.length === 0) return yield* sourceRecords(this, pipe.source);
    const only = pipe.steps.length === 1 ? pipe.steps[0] : null;
    if (only !== null && only.kind === 'tee') {
      const input = yield* sourceRecords(this, pipe.source);
      // Nothing flows by but what the source has: keep the array itself.
      this.#tees[only.store] = input as unknown[];
      return input;
    }
    const state = yield* this.#loop(pipe, { kind: 'collect' });
    return state.out;
  }

  /** Pairs of a pipe as columns, in pieces: without making pairs where they come straight from a shuffle. */
  *columns(pipe: Pipe): Sliced<readonly Columns[]> {
    const columns = pipe.steps.length === 0 ? sourceColumns(this, pipe.source) : null;
    if (columns !== null) return yield* columns;
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
    return this.host.services;
  }

  resolve(fn: string): AnyFunction {
    return this.host.resolve(fn, this.task);
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
    return new PipeInput(
      source.kind === 'input' ? yield* this.readInput(source.input) : yield* sourceRecords(this, source),
    );
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
    const run = this.host.loop(pipe, sink, functions, this.task, () => operator ?? this.operatorOf(pipe));
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

  /** Buckets of map tasks, counted. */
  readBuckets(buckets: readonly BucketInput[]): readonly Columns[] {
    const columns = buckets.map((bucket) => this.host.readBucket(bucket));
    for (const c of columns) this.recordsRead += c.values.length;
    return columns;
  }

  /** An input's records; those that come in pieces are counted when they come. */
  *readInput(index: number): Sliced<readonly unknown[] | Pieces> {
    const input = yield* this.host.readInput(this.task.inputs[index]);
    if (!(input instanceof Pieces)) this.recordsRead += input.length;
    return input;
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
  aggregator(aggregator: ProgramAggregator, operator: string): AggregatorFunctions {
    return {
      operator,
      create: aggregator.create === null ? null : this.resolve(aggregator.create),
      add: this.resolve(aggregator.add),
      merge: aggregator.merge === null ? null : this.resolve(aggregator.merge),
    };
  }
}

const NO_PLACES: LoopState['places'] = new Map();
const NO_PARTITION = () => 0;
