import { type Block, isBlock } from '../data/block.ts';
import type { BucketMoves } from '../data/bucket-table.ts';
import { decodeBlocks, decodePairs, encodePairs } from '../data/codec.ts';
import { error } from '../errors/index.ts';
import type { AnyFunction } from '../lineage/function-scope.ts';
import type { StateAction } from '../lineage/rdd-node.ts';
import type { Clock } from '../schedule/clock.ts';
import { KeyedState } from '../state/keyed-state.ts';
import { loadStored } from '../state/load-stored.ts';
import { leavingState, moveState } from '../state/move-state.ts';
import type { RestoredState, SavedState, StateRequest } from '../state/saved-state.ts';
import { decodeDelta, encodeDelta } from '../state/state-delta.ts';
import type { StateBesides } from '../state/state-logic.ts';
import { readStates, type StateFound, type StateRead } from '../state/state-read.ts';
import { encodeChanges, type StateReads } from '../state/stored-state.ts';
import { sweepPartitions } from '../state/sweep-partitions.ts';
import type { Columns } from './columns.ts';
import { type ActiveTask, followTask } from './context.ts';
import { FunctionSource, type PlanFunctions } from './function-source.ts';
import { checkCodeGeneration, type Loop, type LoopSink } from './fuse.ts';
import { LoopCache } from './loop-cache.ts';
import { isAsyncIterable, Pieces } from './pieces.ts';
import type { ProbeTable } from './probe.ts';
import { ProbeTables, type TableName } from './probe-tables.ts';
import type { BucketInput, Pipe, Task, TaskInput, TaskOutput } from './program.ts';
import { Resources } from './resources.ts';
import { type Exchange, writeSink } from './sink.ts';
import type { Sliced } from './slices.ts';
import type { SlotServices } from './slot-services.ts';
import type { TaskHost } from './task-host.ts';
import { TaskRun } from './task-run.ts';

/** A partition that a slot keeps: live, or sealed where the backend pays for encoding. */
type Stored =
  | { readonly kind: 'live'; readonly records: readonly unknown[] }
  | { readonly kind: 'block'; readonly block: Block };

/** What makes a slot differ between backends. */
export interface SlotOptions {
  /** Number of this slot. */
  readonly slot: number;
  readonly plan: PlanFunctions;
  readonly clock: Clock;
  /** How records are kept and handed over. */
  readonly exchange: Exchange;
  /** The value of a broadcast variable in a version. */
  readonly broadcast: (name: string, version: number) => unknown;
  /** Reads state that lies in the checkpoint's store: the job's; null where no operator with state runs. */
  readonly stateReads: StateReads | null;
}

/**
 * One slot: runs tasks one after the other in this thread and keeps what stays between tasks: cached partitions, map
 * outputs for its own reducers, keyed state. Both local backends are made of these.
 */
export class SlotRuntime implements TaskHost {
  readonly slot: number;
  readonly elapsed: () => number;
  readonly services: SlotServices;
  readonly #functions: FunctionSource;
  readonly #exchange: Exchange;
  readonly #broadcast: (name: string, version: number) => unknown;
  readonly #stateReads: StateReads | null;
  readonly #loops = new LoopCache();
  readonly #stored = new Map<string, Stored>();
  readonly #buckets = new Map<string, (Columns | null)[]>();
  readonly #states = new Map<string, KeyedState>();
  readonly #tables = new ProbeTables();
  readonly #resources: Resources;

  /** @throws MR_CODE_GENERATION */
  constructor(options: SlotOptions) {
    checkCodeGeneration();
    this.slot = options.slot;
    const { clock } = options;
    this.elapsed = () => clock.elapsed();
    this.#resources = new Resources(clock);
    this.services = { clock, open: async (resource) => this.#resources.get(resource) };
    this.#functions = new FunctionSource(options.plan);
    this.#exchange = options.exchange;
    this.#broadcast = options.broadcast;
    this.#stateReads = options.stateReads;
  }

  /** One attempt at a task. The driver of the generator brackets its slices with `enterTask(context)`. */
  begin(
    task: Task,
    time: number,
    versions: ReadonlyMap<string, number>,
  ): { context: ActiveTask; work: Sliced<TaskOutput> } {
    const values = new Map<string, unknown>();
    const context: ActiveTask = {
      time,
      partition: task.partition,
      accumulated: new Map(),
      broadcast: (name) => {
        const known = values.get(name);
        if (known !== undefined) return known;
        const version = versions.get(name);
        if (version === undefined) throw error('MR_BROADCAST_OUTSIDE', { name });
        const value = this.#broadcast(name, version);
        values.set(name, value);
        return value;
      },
    };
    return { context, work: this.#run(task, context) };
  }

  *#run(task: Task, context: ActiveTask): Sliced<TaskOutput> {
    const from = this.elapsed();
    const run = new TaskRun(task, this);
    const { local, count, bytes, bucketBytes, ...output } = yield* writeSink(run, task, this.#exchange);
    const stored = task.stores.map((key, i) => {
      const records = run.kept[i];
      this.#keep(key, records);
      return records.length;
    });
    if (task.shuffle !== null && local !== null) this.#buckets.set(task.shuffle.key, local);
    return {
      ...output,
      stored,
      metrics: {
        elapsedMs: this.elapsed() - from,
        recordsRead: run.recordsRead,
        recordsWritten: count,
        bytesWritten: bytes,
        recordsCombined: run.recordsCombined,
        recordsProbed: run.recordsProbed,
        bucketBytes,
      },
      accumulated: [...context.accumulated],
    };
  }

  resolve(fn: string, task: Task): AnyFunction {
    return this.#functions.resolve(fn, task);
  }

  loop(pipe: Pipe, sink: LoopSink, sinkFunctions: readonly string[], task: Task, sinkOperator: () => string): Loop {
    return this.#loops.loop(pipe, sink, sinkFunctions, sinkOperator, (fn) => this.#functions.resolve(fn, task));
  }

  *readInput(input: TaskInput): Sliced<readonly unknown[] | Pieces> {
    switch (input.kind) {
      case 'live':
        return this.#exchange.admit(input.records, input.operator);
      case 'blocks':
        return blocksOf(input.blocks);
      case 'handle':
        return this.#read(input.handle.key);
      case 'range': {
        const hash = input.reader.lastIndexOf('#');
        const reader = this.#functions.plan.functionsOf(input.reader.slice(0, hash))[
          Number(input.reader.slice(hash + 1))
        ];
        let read = followTask(() => reader(input.range, this.services));
        if (read instanceof Promise) read = yield read;
        if (isBlock(read)) return decodeBlocks([read]);
        if (Array.isArray(read)) return read.length > 0 && isBlock(read[0]) ? blocksOf(read as Block[]) : read;
        if (isAsyncIterable(read)) return Pieces.ofAsync(read);
        return Array.from(read as Iterable<unknown>);
      }
      case 'buckets':
      case 'fragments':
      case 'assembly':
      case 'wanted':
      case 'pieces':
        throw new TypeError('buckets are read by a shuffle source');
    }
  }

  probeTable(name: TableName, make: () => Sliced<ProbeTable>): Sliced<ProbeTable> {
    return this.#tables.get(name, make);
  }

  readBucket(bucket: BucketInput): Columns {
    if (bucket.kind === 'bytes') return decodePairs(bucket.bytes);
    const local = this.#buckets.get(bucket.key)?.[bucket.reducer];
    return local ?? EMPTY;
  }

  *applyState(
    node: string,
    partition: number,
    action: StateAction,
    sides: readonly (readonly Columns[])[],
    { initial, arriving }: StateBesides,
  ): Sliced<readonly unknown[]> {
    const key = `${node}/${partition}`;
    const logic = this.#functions.plan.stateLogic(node);
    const stored = logic.stored ?? null;
    const reads = this.#stateReads;
    let state = this.#states.get(key);
    if (state === undefined) {
      state = new KeyedState();
      // Nothing of it has to be in memory.
      if (stored !== null) state.version = action.base;
      this.#states.set(key, state);
    }
    state.begin(action, node, this.slot);
    if (stored !== null) {
      if (reads === null) throw new TypeError('a slot that runs state needs the stateReads of its job');
      state.evict(stored.cacheKeys);
      yield* loadStored(state, { reads, node, partition }, sides, action);
    }
    if (action.moves !== undefined)
      yield* moveState(state, partition, action.moves, arriving ?? [], logic.keysInPanes === true);
    return yield* logic.apply(state, action, sides, initial, partition);
  }

  stateBefore(node: string, partition: number, base: number | null): readonly unknown[] {
    const state = this.#states.get(`${node}/${partition}`);
    if (state !== undefined) return state.pairsBefore(base, node, this.slot);
    if (base !== null) throw error('MR_STATE_LOST', { operator: node, slot: this.slot });
    return [];
  }

  *stateLeaving(node: string, partition: number, base: number, moves: BucketMoves): Sliced<readonly unknown[]> {
    const state = this.#states.get(`${node}/${partition}`);
    if (state?.knows(base) !== true) throw error('MR_STATE_LOST', { operator: node, slot: this.slot });
    return yield* leavingState(state, partition, base, moves);
  }

  snapshotState(node: string, partition: number): readonly unknown[] {
    return this.#states.get(`${node}/${partition}`)?.pairs() ?? [];
  }

  /**
   * What a batch did to the partitions of operators' state that are here. Those of other batches are left out.
   * @throws MR_NOT_ENCODABLE
   */
  saveStates(requests: readonly StateRequest[]): SavedState[] {
    const saved: SavedState[] = [];
    const bases = new Map(
      requests.map((request) => [
        request,
        sweepPartitions(request, (partition) => this.#states.get(`${request.node}/${partition}`)),
      ]),
    );
    for (const [key, state] of this.#states) {
      const slash = key.lastIndexOf('/');
      const node = key.slice(0, slash);
      for (const request of requests) {
        if (request.node !== node || request.time !== state.version) continue;
        const partition = Number(key.slice(slash + 1));
        const base = bases.get(request)?.get(partition) ?? null;
        saved.push({ node, time: request.time, partition, ...this.#changesOf(node, state), base });
      }
    }
    return saved;
  }

  #changesOf(node: string, state: KeyedState): Pick<SavedState, 'touched' | 'panesChanged' | 'isStored' | 'bytes'> {
    const { panesChanged } = state;
    const stored = this.#functions.plan.stateLogic(node).stored ?? null;
    if (stored !== null) {
      const changes = state.changes(node, stored.timed);
      return { touched: changes.length, panesChanged, isStored: true, bytes: encodeChanges(changes, node) };
    }
    const delta = state.delta();
    const touched = delta.removed.length + delta.updated.keys.length + delta.inserted.keys.length;
    return { touched, panesChanged, isStored: false, bytes: encodeDelta(delta, node) };
  }

  /** What the partitions of a node's state that are here have of what is asked for. @throws MR_NOT_ENCODABLE */
  readState(read: StateRead): StateFound[] {
    const here: [number, KeyedState][] = [];
    for (const [key, state] of this.#states) {
      const slash = key.lastIndexOf('/');
      const partition = Number(key.slice(slash + 1));
      if (key.slice(0, slash) !== read.node || (read.partition ?? partition) !== partition) continue;
      here.push([partition, state]);
    }
    return readStates(
      here.sort(([a], [b]) => a - b),
      read,
    );
  }

  /** Makes partitions of state anew, of what was saved of them. @throws MR_DECODE */
  restoreStates(states: readonly RestoredState[]): void {
    for (const { node, partition, deltas, time } of states) {
      const state = new KeyedState();
      for (const bytes of deltas) state.load(decodeDelta(bytes));
      state.version = time;
      this.#states.set(`${node}/${partition}`, state);
    }
  }

  /** Records of a kept partition, the first `limit` of them, as the driver gets them. */
  fetch(key: string, limit: number | null): NonNullable<TaskOutput['records']> {
    const records = this.#read(key);
    return this.#exchange.release(limit === null || limit >= records.length ? records : records.slice(0, limit), key);
  }

  /** A local bucket in the form that other slots can read; for reducers that had to move. */
  exportBucket(key: string, reducer: number): { bytes: Uint8Array; count: number } | null {
    const columns = this.#buckets.get(key)?.[reducer] ?? null;
    if (columns === null) return null;
    return {
      bytes: encodePairs(columns.keys as unknown[], columns.values as unknown[], key, {
        unique: columns.unique === true,
        shared: 'large',
      }),
      count: columns.values.length,
    };
  }

  /** Forgets kept partitions and map outputs. */
  drop(keys: Iterable<string>): void {
    for (const key of keys) {
      this.#stored.delete(key);
      this.#buckets.delete(key);
    }
  }

  /** The end of the job: forgets everything and closes what is open. @returns what went wrong with closing, in words */
  close(): Promise<string[]> {
    this.#stored.clear();
    this.#buckets.clear();
    this.#tables.clear();
    this.#states.clear();
    return this.#resources.close();
  }

  /** How much this slot holds, for tests and metrics. */
  holdings(): { stored: number; buckets: number; states: number; stateKeys: number; resources: number } {
    let stateKeys = 0;
    for (const state of this.#states.values()) stateKeys += state.size;
    return {
      stored: this.#stored.size,
      buckets: this.#buckets.size,
      states: this.#states.size,
      stateKeys,
      resources: this.#resources.size,
    };
  }

  #keep(key: string, records: readonly unknown[]): void {
    this.#stored.set(
      key,
      this.#exchange.seals ? { kind: 'block', block: this.#exchange.seal(records, key) } : { kind: 'live', records },
    );
  }

  #read(key: string): readonly unknown[] {
    const stored = this.#stored.get(key);
    if (stored === undefined) throw new Error(`slot ${this.slot} does not hold ${key}`);
    return stored.kind === 'live' ? stored.records : decodeBlocks([stored.block]);
  }
}

/** One block is decoded at once; several come one after the other, so that not all of them are decoded at once. */
function blocksOf(blocks: readonly Block[]): readonly unknown[] | Pieces {
  return blocks.length > 1 ? Pieces.ofBlocks(blocks) : decodeBlocks(blocks);
}

const EMPTY: Columns = { keys: [], values: [] };
