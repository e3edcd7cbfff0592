import type { ExecutionBackend } from '../backend/contract.ts';
import { error } from '../errors/index.ts';
import type { StreamingListener } from '../events/listener.ts';
import { FunctionScope } from '../lineage/function-scope.ts';
import { sourceRdd } from '../lineage/rdd-ops.ts';
import { type ExplainJson, explainJson, explainText } from '../plan/explain.ts';
import type { OutputNode, PlanNode } from '../plan/node.ts';
import * as layout from '../plan/operators/layout.ts';
import { transform } from '../plan/operators/transform.ts';
import { type NodeSpec, Plan } from '../plan/plan.ts';
import { planRetention } from '../plan/retention.ts';
import type { Clock } from '../schedule/clock.ts';
import { SystemClock } from '../schedule/clock.ts';
import { type Accumulator, AccumulatorRegistry } from './accumulator.ts';
import { type Broadcast, BroadcastRegistry } from './broadcast.ts';
import { checkFunction } from './check-function.ts';
import { checkCompatible } from './dstream/base.ts';
import { DStream } from './dstream/dstream.ts';
import { MapWithStateDStream } from './dstream/map-with-state-dstream.ts';
import {
  type InputDStream,
  type QueueEntry,
  QueueInputDStream,
  type QueueOptions,
  type SourceBatch,
  splitRecords,
} from './input-dstream.ts';
import type { Named } from './options.ts';
import type { RddSetting } from './rdd/execution.ts';
import { lineageBuilder } from './rdd/lineage-builder.ts';
import { RDD } from './rdd/rdd.ts';
import { StreamingRun } from './streaming-run.ts';
import { Duration, durationMs, type Time } from './time.ts';

/** A context's life (R90). */
export type StreamingContextState = 'INITIALIZED' | 'ACTIVE' | 'STOPPED';

/** Options of a context. */
export interface ContextOptions {
  /** The job's name, for messages and listeners. */
  readonly name?: string;
  /** Partitions of key operations that are not told otherwise; the backend's parallelism unless given. */
  readonly defaultParallelism?: number;
  /** Batches that may run at once; 1 unless given. Stateful streams and windows stay in time order. */
  readonly concurrentJobs?: number;
  /** Batches that are planned ahead of the running one; later times wait as a range. 16 unless given. */
  readonly maxPendingBatches?: number;
  /** What a failed batch does. Unless given: `stop` for jobs with state, `continue` for others. */
  readonly onBatchFailure?: 'stop' | 'continue';
  /** How often a task may throw before its batch fails; 1 unless given, as in Spark's local mode. */
  readonly maxTaskFailures?: number;
  /** Whether `stop()` stops the backend, too; true unless given (R96). */
  readonly stopBackendByDefault?: boolean;
  /** Time; the machine's unless given. Tests give a ManualClock. */
  readonly clock?: Clock;
  /** Where warnings go; `console.warn` unless given. */
  readonly warn?: (message: string) => void;
}

/** How a context is made by the engine itself. */
interface Origin {
  readonly module: { readonly url: string; readonly params: unknown } | null;
  /** True in a worker, which builds the plan and starts nothing. */
  readonly worker: boolean;
}

const INLINE: Origin = { module: null, worker: false };
let nextOrigin: Origin = INLINE;

/** Runs a function that makes contexts which come from a job module; for the engine. */
export function withOrigin<R>(origin: Origin, make: () => R): R {
  nextOrigin = origin;
  try {
    return make();
  } finally {
    nextOrigin = INLINE;
  }
}

/**
 * The entry into the engine: makes streams, starts and stops their job. Spark's `StreamingContext`.
 *
 * @example
 * ```ts
 * import { StreamingContext, seconds } from '@millrace/core';
 * import { single } from '@millrace/backend-single';
 *
 * const ssc = new StreamingContext(single(), seconds(1));
 * ssc.queueStream([['a', 'b', 'a']]).countByValue().print();
 * await ssc.start();
 * ```
 */
export class StreamingContext {
  /** The interval between batches. */
  readonly batchDuration: Duration;
  readonly backend: ExecutionBackend;
  readonly options: ContextOptions;
  /** Name of the job. */
  readonly name: string;
  /** Partitions of key operations that are not told otherwise. */
  readonly defaultParallelism: number;
  readonly #origin: Origin;
  readonly #plan = new Plan();
  readonly #inputs: InputDStream<unknown>[] = [];
  readonly #persisted = new Set<string>();
  readonly #listeners: StreamingListener[] = [];
  readonly #shared: FunctionScope;
  readonly #broadcasts: BroadcastRegistry;
  readonly #accumulators = new AccumulatorRegistry();
  readonly #handles = new WeakMap<PlanNode, DStream<unknown>>();
  #setting: RddSetting | null = null;
  #rememberMs: number | null = null;
  #state: StreamingContextState = 'INITIALIZED';
  #run: StreamingRun | null = null;
  #starting: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;

  /**
   * @param backend where tasks run: `single()`, `threads()`
   * @param batchInterval milliseconds, at least 1
   * @throws MR_DURATION, MR_OPTION
   */
  constructor(backend: ExecutionBackend, batchInterval: Duration, options: ContextOptions = {}) {
    this.backend = backend;
    this.batchDuration = new Duration(durationMs(batchInterval, 'batchInterval'));
    this.options = options;
    this.name = options.name ?? 'job';
    this.#origin = nextOrigin;
    this.defaultParallelism = positive('defaultParallelism', options.defaultParallelism ?? backend.parallelism);
    positive('concurrentJobs', options.concurrentJobs ?? 1);
    positive('maxPendingBatches', options.maxPendingBatches ?? 1);
    positive('maxTaskFailures', options.maxTaskFailures ?? 1);
    this.#shared = new FunctionScope({ id: 'ssc', operator: 'parallelize', time: 0 });
    this.#broadcasts = new BroadcastRegistry(!this.#origin.worker);
  }

  // ---- sources -------------------------------------------------------------------------------------------------------

  /**
   * Batches from an array of batches, which the caller may go on filling: one entry for each interval (or all that are
   * there with `oneAtATime: false`), an empty batch when there is none. An entry is an array of records, an RDD, or
   * `{ blocks }`.
   * @example
   * ```ts
   * const queue = [['a', 'b'], ['c']];
   * const letters = ssc.queueStream(queue);
   * queue.push(['d']);
   * ```
   */
  queueStream<T>(queue: QueueEntry<T>[], options: QueueOptions<T> = {}): DStream<T> {
    return new QueueInputDStream<T>(this, queue, options);
  }

  /** An RDD from values of the driver, cut into partitions. */
  parallelize<T>(values: readonly T[], numPartitions = this.defaultParallelism): RDD<T> {
    const partitions = splitRecords(values, positive('numPartitions', numPartitions));
    const setting = this.#setting ?? this.#outsideSetting();
    return new RDD<T>(sourceRdd(setting.scope, partitions), setting);
  }

  // ---- several streams -----------------------------------------------------------------------------------------------

  /** All records of all streams' batches, one stream after the other. @throws MR_EMPTY_STREAMS, MR_MIXED_CONTEXTS, MR_SLIDE_MISMATCH */
  union<T>(streams: readonly DStream<T>[], options: Named = {}): DStream<T> {
    const slideMs = this.#common('union', streams);
    return this.streamOf<T>(
      this.addNode({ operator: layout.union, inputs: streams.map((s) => s.node), slideMs, ...options }),
    );
  }

  /** A function over the batches of several streams at the same time; see `DStream.transform`. */
  transform<U>(
    streams: readonly DStream<unknown>[],
    f: (rdds: readonly RDD<unknown>[], time: Time) => RDD<U>,
    options: Named = {},
  ): DStream<U> {
    checkFunction('transform', 'f', f);
    const slideMs = this.#common('transform', streams);
    const functions = [lineageBuilder(this, 'transform', f as (rdds: RDD<unknown>[], time: Time) => RDD<unknown>)];
    return this.streamOf<U>(
      this.addNode({ operator: transform, inputs: streams.map((s) => s.node), slideMs, functions, ...options }),
    );
  }

  // ---- shared values -------------------------------------------------------------------------------------------------

  /** A value that tasks read, made on the driver and sent to each worker once. @throws MR_DUPLICATE_NAME */
  broadcast<V>(name: string, make: () => V): Broadcast<V> {
    checkFunction('broadcast', 'make', make);
    return this.#broadcasts.add(name, make);
  }

  /** A sum that tasks add to. @throws MR_DUPLICATE_NAME */
  accumulator<V>(name: string, zero: V, add: (a: V, b: V) => V): Accumulator<V> {
    return this.#accumulators.add(name, zero, add);
  }

  // ---- settings ------------------------------------------------------------------------------------------------------

  /** Every stream keeps its batches at least this long. Once. @throws MR_REMEMBER_TWICE, MR_DURATION (R59) */
  remember(duration: Duration): void {
    this.#refuseUnlessInitialized('remember');
    if (this.#rememberMs !== null) throw error('MR_REMEMBER_TWICE', {});
    this.#rememberMs = durationMs(duration, 'remember');
  }

  addStreamingListener(listener: StreamingListener): void {
    this.#listeners.push(listener);
    this.#run?.bus.add(listener);
  }

  removeStreamingListener(listener: StreamingListener): void {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners.splice(at, 1);
    this.#run?.bus.remove(listener);
  }

  // ---- life ----------------------------------------------------------------------------------------------------------

  getState(): StreamingContextState {
    return this.#state;
  }

  /**
   * Checks the plan and starts the job; the first batch is at the next multiple of the batch interval (R1). When active
   * already it does nothing but warn (R91).
   * @throws MR_NO_OUTPUT, MR_INLINE_JOB, MR_PLAN_DIFFERS, MR_CONTEXT_STOPPED; the context is then stopped (R93)
   */
  async start(): Promise<void> {
    if (this.#state === 'STOPPED') throw error('MR_CONTEXT_STOPPED', { what: 'start()' });
    if (this.#state === 'ACTIVE') {
      this.warn('The StreamingContext has already been started; start() does nothing.');
      return;
    }
    this.#state = 'ACTIVE';
    try {
      this.#run = new StreamingRun(this, {
        plan: this.#plan,
        inputs: this.#inputs,
        persisted: this.#persisted,
        rememberMs: this.#rememberMs,
        shared: this.#shared,
        broadcasts: this.#broadcasts,
        accumulators: this.#accumulators,
        listeners: this.#listeners,
        module: this.#origin.module,
      });
      this.#starting = this.#run.start();
      await this.#starting;
    } catch (e) {
      this.#state = 'STOPPED';
      await this.#run?.abandon();
      throw e;
    }
    active = this;
  }

  /**
   * Stops the job. With `graceful` everything that was received is processed first; without, batches that have not begun
   * are thrown away and the running one ends. Called inside an output's function it returns at once, and the context
   * stops when that batch has ended.
   * @throws MR_STOP_IN_LISTENER from inside a listener's callback (R104)
   */
  async stop(options: { readonly graceful?: boolean; readonly stopBackend?: boolean } = {}): Promise<void> {
    const { graceful = false, stopBackend = this.options.stopBackendByDefault ?? true } = options;
    if (this.#run?.bus.inCallback) throw error('MR_STOP_IN_LISTENER', {});
    this.#stopping ??=
      this.#state === 'ACTIVE' ? this.#stopRun(this.#run as StreamingRun, graceful) : Promise.resolve();
    const stopped = this.#stopping.then(async () => {
      this.#state = 'STOPPED';
      if (active === this) active = null;
      this.#run?.terminate();
      if (stopBackend) await this.backend.stop();
    });
    // Waiting here for the batch whose function this is would be waiting for oneself.
    if (this.#run?.inOutput === true) stopped.catch((e: unknown) => this.warn(`stop() failed: ${String(e)}`));
    else await stopped;
  }

  /** Resolves when the context is stopped; rejects with the first error of a batch (R98, R99). */
  async awaitTermination(): Promise<void> {
    if (this.#state === 'STOPPED' && this.#run === null) return;
    await this.#activeRun('awaitTermination').termination;
  }

  /** True if the context was stopped within `timeoutMs`, false if not; rejects like `awaitTermination`. */
  async awaitTerminationOrTimeout(timeoutMs: number): Promise<boolean> {
    if (this.#state === 'STOPPED' && this.#run === null) return true;
    return this.#activeRun('awaitTerminationOrTimeout').terminatedWithin(timeoutMs);
  }

  /** Resolves when no batch is due, waiting or running. What a test with a ManualClock awaits. */
  async awaitIdle(): Promise<void> {
    await this.#activeRun('awaitIdle').whenIdle();
  }

  /** The context that was started last and not stopped, null if there is none (R95). */
  static getActive(): StreamingContext | null {
    return active;
  }

  /** The active context, else the one that `create` makes. */
  static getActiveOrCreate(create: () => StreamingContext): StreamingContext {
    return active ?? create();
  }

  // ---- looking at it -------------------------------------------------------------------------------------------------

  /** The plan: nodes with names, slides and retention, and the stages of a batch. */
  explain(): string;
  explain(format: 'json'): ExplainJson;
  explain(format?: 'json'): string | ExplainJson {
    const view = explainJson(this.#plan, planRetention(this.#plan.nodes, this.#rememberMs), {
      name: this.name,
      batchIntervalMs: this.batchDuration.milliseconds,
      backend: this.backend.name,
      defaultParallelism: this.defaultParallelism,
      persisted: this.persistedNames(),
    });
    return format === 'json' ? view : explainText(view);
  }

  // ---- for handles and sources ---------------------------------------------------------------------------------------

  /** The handle on a plan node. */
  streamOf<T>(node: PlanNode): DStream<T> {
    let handle = this.#handles.get(node);
    if (handle === undefined) {
      handle = new DStream<unknown>(this, node);
      this.#handles.set(node, handle);
    }
    return handle as DStream<T>;
  }

  /** The handle on a mapWithState node. */
  stateStreamOf<K, S, M>(node: PlanNode): MapWithStateDStream<K, S, M> {
    const handle = new MapWithStateDStream<K, S, M>(this, node);
    this.#handles.set(node, handle);
    return handle;
  }

  /** Adds a node to the plan. @throws MR_CONTEXT_ACTIVE, MR_CONTEXT_STOPPED (R92), MR_DUPLICATE_NAME */
  addNode(spec: NodeSpec): PlanNode {
    this.#refuseUnlessInitialized(`adding ${spec.operator.kind}`);
    return this.#plan.add(spec);
  }

  /** Adds an output to the plan. Throws like `addNode`. */
  addOutput(spec: NodeSpec): OutputNode {
    this.#refuseUnlessInitialized(`adding the output ${spec.operator.kind}`);
    return this.#plan.addOutput(spec);
  }

  /** Registers an input stream; its id (R14). */
  registerInput(stream: InputDStream<unknown>): number {
    return this.#inputs.push(stream) - 1;
  }

  /** Has a stream's batches kept where they were computed; on a window its parent's (R24). */
  persist(node: PlanNode): void {
    this.#refuseUnlessInitialized('persist');
    this.#persisted.add(node.operator.keepsInput === true ? node.inputs[0].name : node.name);
  }

  /** Names of the streams that are kept: asked for, or parents of windows. */
  persistedNames(): Set<string> {
    const names = new Set(this.#persisted);
    for (const node of this.#plan.nodes)
      if (node.operator.keepsInput === true) for (const i of node.inputs) names.add(i.name);
    return names;
  }

  /** Runs a function in which `parallelize` makes lineage of the given scope. */
  within<R>(setting: RddSetting, f: () => R): R {
    const outer = this.#setting;
    this.#setting = setting;
    try {
      return f();
    } finally {
      this.#setting = outer;
    }
  }

  /** See `DStream.slice`. */
  slice<T>(node: PlanNode, fromMs: number, toMs: number): RDD<T>[] {
    if (this.#run === null || this.#state !== 'ACTIVE') throw error('MR_NOT_INITIALIZED', { what: node.name });
    return this.#run.slice<T>(node, fromMs, toMs);
  }

  /** See `DStream.rememberDuration`. */
  rememberDuration(node: PlanNode): Duration {
    if (this.#run === null) throw error('MR_NOT_INITIALIZED', { what: node.name });
    return new Duration(this.#run.planner.rememberOf(node));
  }

  /** The run of an active or stopped context; null before start. For tests. */
  get run(): StreamingRun | null {
    return this.#run;
  }

  /** What the plan consists of; for job modules and workers. */
  get plan(): Plan {
    return this.#plan;
  }

  /** The scope of RDDs made outside of batches. */
  get sharedScope(): FunctionScope {
    return this.#shared;
  }

  /** Several entries of a queue as one batch. */
  unionOfBatches<T>(batches: readonly (SourceBatch | RDD<T> | readonly T[])[]): RDD<T> {
    const setting = this.#outsideSetting();
    const [first, ...rest] = batches.map((batch) => {
      if (batch instanceof RDD) return batch;
      const partitions = 'partitions' in batch ? batch.partitions : splitRecords(batch as readonly T[], 1);
      return new RDD<T>(sourceRdd(setting.scope, partitions), setting);
    });
    return rest.length === 0 ? first : first.union(...rest);
  }

  /** Says something that the user should know and that stops nothing. */
  warn(message: string): void {
    (this.options.warn ?? ((m: string) => console.warn(`millrace: ${m}`)))(message);
  }

  /** The context's clock. */
  get clock(): Clock {
    return this.options.clock ?? SYSTEM_CLOCK;
  }

  async #stopRun(run: StreamingRun, graceful: boolean): Promise<void> {
    try {
      // A job that is still starting would go on doing so after it was stopped.
      await this.#starting;
    } catch {
      // start() itself has freed everything and told its caller.
      return;
    }
    await run.stop(graceful);
  }

  #activeRun(what: string): StreamingRun {
    if (this.#run === null) throw error('MR_NOT_INITIALIZED', { what });
    return this.#run;
  }

  #outsideSetting(): RddSetting {
    // Before start the program is still being built, in workers as well; later RDDs are the driver's own.
    if (this.#run === null)
      return {
        scope: this.#shared,
        defaultParallelism: this.defaultParallelism,
        execution: null,
        operator: 'parallelize',
      };
    return this.#run.driverSetting('parallelize', 0);
  }

  #common(operator: string, streams: readonly DStream<unknown>[]): number {
    if (streams.length === 0) throw error('MR_EMPTY_STREAMS', { operator });
    if (streams[0].context !== this) throw error('MR_MIXED_CONTEXTS', { operator });
    checkCompatible(operator, streams);
    return streams[0].node.slideMs;
  }

  #refuseUnlessInitialized(what: string): void {
    if (this.#state === 'ACTIVE') throw error('MR_CONTEXT_ACTIVE', { what });
    if (this.#state === 'STOPPED') throw error('MR_CONTEXT_STOPPED', { what });
  }
}

const SYSTEM_CLOCK: Clock = new SystemClock();
let active: StreamingContext | null = null;

function positive(option: string, value: number): number {
  if (!Number.isInteger(value) || value < 1)
    throw error('MR_OPTION', { option, value, rule: 'must be a whole number of at least 1' });
  return value;
}
