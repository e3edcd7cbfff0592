import type { ExecutionBackend } from '../backend/contract.ts';
import { error } from '../errors/index.ts';
import { FunctionScope } from '../lineage/function-scope.ts';
import { sourceRdd } from '../lineage/rdd-ops.ts';
import type { OutputNode, PlanNode } from '../plan/node.ts';
import { type NodeSpec, Plan } from '../plan/plan.ts';
import { checkIntake, INTAKE_OPTIONS } from '../receiver/receiver-settings.ts';
import { type Clock, SystemClock } from '../schedule/clock.ts';
import { checkBackpressure } from '../schedule/rate-controller.ts';
import { checkAdaptiveInterval } from './adaptive-interval.ts';
import type { ContextOptions, StreamingContextState } from './context-options.ts';
import { DStream } from './dstream/dstream.ts';
import { MapWithStateDStream } from './dstream/map-with-state-dstream.ts';
import { type InputDStream, type SourceBatch, splitRecords } from './input-dstream.ts';
import { checkOnError, type OnError } from './on-error.ts';
import type { RddSetting } from './rdd/execution.ts';
import { RDD } from './rdd/rdd.ts';
import { speculationSettings } from './speculation-options.ts';
import type { StreamingContext } from './streaming-context.ts';
import type { StreamingRun } from './streaming-run.ts';
import { Duration, durationMs } from './time.ts';

/** How a context is made by the engine itself. */
export interface Origin {
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

/** What handles, sources and job modules need of a context: its plan and what grows it. Users call none of it. */
export abstract class ContextBase {
  /** The interval between batches. */
  readonly batchDuration: Duration;
  readonly backend: ExecutionBackend;
  readonly options: ContextOptions;
  /** Name of the job. */
  readonly name: string;
  /** Partitions of key operations that are not told otherwise. */
  defaultParallelism: number;
  /** What the program consists of. */
  readonly plan = new Plan();
  /** The scope of RDDs made outside of batches. */
  readonly sharedScope = new FunctionScope({ id: 'ssc', operator: 'parallelize', time: 0 });
  protected readonly origin: Origin;
  protected readonly inputs: InputDStream<unknown>[] = [];
  protected readonly persisted = new Set<string>();
  readonly #checkpointIntervals = new Map<string, number>();
  protected life: StreamingContextState = 'INITIALIZED';
  protected currentRun: StreamingRun | null = null;
  readonly #handles = new WeakMap<PlanNode, DStream<unknown>>();
  readonly #errorPolicies = new WeakMap<PlanNode, OnError>();
  #setting: RddSetting | null = null;

  constructor(backend: ExecutionBackend, batchInterval: Duration, options: ContextOptions) {
    checkOptions(backend, options);
    this.backend = backend;
    this.batchDuration = new Duration(durationMs(batchInterval, 'batchInterval'));
    this.options = options;
    this.name = options.name ?? 'job';
    this.origin = nextOrigin;
    this.defaultParallelism = positive('defaultParallelism', options.defaultParallelism ?? backend.parallelism);
    for (const option of ['concurrentJobs', 'maxPendingBatches', 'maxTaskFailures', 'maxBatchFailures'] as const) {
      const value = options[option];
      if (value !== undefined) positive(option, value);
    }
  }

  /** What becomes of records that fail in operators behind a node. */
  errorPolicyOf(node: PlanNode): OnError {
    return this.#errorPolicies.get(node) ?? this.options.onError ?? 'fail';
  }

  /** Says it for a new node. */
  setErrorPolicy(node: PlanNode, policy: OnError): void {
    this.#errorPolicies.set(node, policy);
  }

  /** The handle on a plan node. */
  streamOf<T>(node: PlanNode): DStream<T> {
    let handle = this.#handles.get(node);
    if (handle === undefined) {
      handle = new DStream<unknown>(this as unknown as StreamingContext, node);
      this.#handles.set(node, handle);
    }
    return handle as DStream<T>;
  }

  /** The handle on a mapWithState node. */
  stateStreamOf<K, S, M>(node: PlanNode): MapWithStateDStream<K, S, M> {
    const handle = new MapWithStateDStream<K, S, M>(this as unknown as StreamingContext, node);
    this.#handles.set(node, handle);
    return handle;
  }

  /** Adds a node to the plan. @throws MR_CONTEXT_ACTIVE, MR_CONTEXT_STOPPED (R92), MR_DUPLICATE_NAME */
  addNode(spec: NodeSpec): PlanNode {
    this.refuseUnlessInitialized(`adding ${spec.operator.kind}`);
    return this.plan.add(spec);
  }

  /** Adds an output to the plan. Throws like `addNode`. */
  addOutput(spec: NodeSpec): OutputNode {
    this.refuseUnlessInitialized(`adding the output ${spec.operator.kind}`);
    return this.plan.addOutput(spec);
  }

  /** Registers an input stream; its id (R14). */
  registerInput(stream: InputDStream<unknown>): number {
    return this.inputs.push(stream) - 1;
  }

  /** The input streams, by id. */
  get inputStreams(): readonly InputDStream<unknown>[] {
    return this.inputs;
  }

  /** Has a stream's batches kept where they were computed; on a window its parent's (R24). */
  persist(node: PlanNode): void {
    this.refuseUnlessInitialized('persist');
    this.persisted.add(node.operator.keepsInput === true ? node.inputs[0].name : node.name);
  }

  /** Sets how often a stream's state is checkpointed as a whole, in ms. @throws MR_CONTEXT_ACTIVE after start (R57), MR_OPTION */
  checkpointStream(node: PlanNode, intervalMs: number): void {
    this.refuseUnlessInitialized('checkpoint');
    if (intervalMs % node.slideMs !== 0)
      throw error('MR_OPTION', {
        option: 'checkpoint: interval',
        value: `${intervalMs} ms`,
        rule: `must be a multiple of the stream's slide, ${node.slideMs} ms`,
      });
    this.#checkpointIntervals.set(node.name, intervalMs);
  }

  /** What `checkpointStream` has set; null if nothing was. */
  checkpointIntervalOf(node: string): number | null {
    return this.#checkpointIntervals.get(node) ?? null;
  }

  /** Names of the streams that are kept: asked for, or parents of windows. */
  persistedNames(): Set<string> {
    const names = new Set(this.persisted);
    for (const node of this.plan.nodes)
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
    const lineage = this.currentRun?.lineage ?? null;
    if (lineage === null || this.life !== 'ACTIVE') throw error('MR_NOT_INITIALIZED', { what: node.name });
    return lineage.slice<T>(node, fromMs, toMs);
  }

  /** See `DStream.rememberDuration`. */
  rememberDuration(node: PlanNode): Duration {
    if (this.currentRun === null) throw error('MR_NOT_INITIALIZED', { what: node.name });
    return new Duration(this.currentRun.planner.rememberOf(node));
  }

  /** The run of an active or stopped context; null before start. For tests. */
  get run(): StreamingRun | null {
    return this.currentRun;
  }

  /** Several entries of a queue as one batch. */
  unionOfBatches<T>(batches: readonly (SourceBatch | RDD<T> | readonly T[])[]): RDD<T> {
    const setting = this.outsideSetting;
    const [first, ...rest] = batches.map((batch) => {
      if (batch instanceof RDD) return batch;
      const partitions = 'partitions' in batch ? batch.partitions : splitRecords(batch as readonly T[], 1);
      return new RDD<T>(sourceRdd(setting.scope, partitions), setting);
    });
    return rest.length === 0 ? first : first.union(...rest);
  }

  /** Takes the default parallelism of an earlier run: state lies in as many partitions. For the engine. */
  adoptParallelism(partitions: number): void {
    if (partitions === this.defaultParallelism) return;
    this.warn(
      `The job goes on with a default parallelism of ${partitions}, as its checkpoint has it, not ${this.defaultParallelism}.`,
    );
    this.defaultParallelism = partitions;
  }

  /** Says something that the user should know and that stops nothing. */
  warn(message: string): void {
    (this.options.warn ?? ((m: string) => console.warn(`millrace: ${m}`)))(message);
  }

  /** The context's clock. */
  get clock(): Clock {
    return this.options.clock ?? SYSTEM_CLOCK;
  }

  /** Where lineage grows right now: in a transform function, in the program, or on the driver of a started job. */
  protected get rddSetting(): RddSetting {
    return this.#setting ?? this.outsideSetting;
  }

  /**
   * Of RDDs that are made outside of any batch. They are used inside of some: in a transform function their lineage grows
   * with its own, on the driver of a started job with the driver's.
   */
  protected get outsideSetting(): RddSetting {
    const context = this;
    return {
      owner: context,
      defaultParallelism: context.defaultParallelism,
      operator: 'parallelize',
      get scope() {
        return context.#setting?.scope ?? context.currentRun?.lineage?.outside.scope ?? context.sharedScope;
      },
      get execution() {
        return context.#setting !== null ? null : (context.currentRun?.lineage?.outside.execution ?? null);
      },
    };
  }

  protected refuseUnlessInitialized(what: string): void {
    if (this.life === 'ACTIVE') throw error('MR_CONTEXT_ACTIVE', { what });
    if (this.life === 'STOPPED') throw error('MR_CONTEXT_STOPPED', { what });
  }
}

const SYSTEM_CLOCK: Clock = new SystemClock();

const OPTIONS = [
  'name',
  'defaultParallelism',
  'concurrentJobs',
  'maxPendingBatches',
  'onBatchFailure',
  'onError',
  'maxTaskFailures',
  'taskTimeout',
  'maxBatchFailures',
  'speculation',
  'intake',
  'backpressure',
  'adaptiveBatchInterval',
  'checkpoint',
  'laggingAfter',
  'stopBackendByDefault',
  'clock',
  'warn',
];

/** Refuses what is no backend, and options that do not exist: a misspelt one would be ignored. @throws MR_OPTION */
function checkOptions(backend: ExecutionBackend, options: ContextOptions): void {
  if (typeof backend?.open !== 'function') {
    throw error('MR_OPTION', {
      option: 'backend',
      value: backend,
      rule: 'must be an execution backend, as single() or threads() make it',
    });
  }
  if (typeof options !== 'object' || options === null) {
    throw error('MR_OPTION', { option: 'options', value: options, rule: 'must be an object' });
  }
  for (const option of Object.keys(options)) {
    if (!OPTIONS.includes(option)) {
      throw error('MR_OPTION', {
        option,
        value: options[option as keyof ContextOptions],
        rule: `must be left out: a context has the options ${OPTIONS.join(', ')}`,
      });
    }
  }
  if (options.intake !== undefined) {
    checkIntake('intake', options.intake);
    for (const [option, value] of Object.entries(options.intake)) {
      if ((INTAKE_OPTIONS as readonly string[]).includes(option)) continue;
      const rule = `must be left out: intake has the options ${INTAKE_OPTIONS.join(', ')}`;
      throw error('MR_OPTION', { option: `intake: ${option}`, value, rule });
    }
  }
  checkBackpressure(options.backpressure);
  checkAdaptiveInterval(options.adaptiveBatchInterval);
  if (options.taskTimeout !== undefined) durationMs(options.taskTimeout, 'taskTimeout');
  speculationSettings(options.speculation);
  if (options.laggingAfter !== undefined) durationMs(options.laggingAfter, 'laggingAfter');
  if (options.onError !== undefined) checkOnError(options.onError);
  const { onBatchFailure } = options;
  if (onBatchFailure !== undefined && onBatchFailure !== 'stop' && onBatchFailure !== 'continue') {
    throw error('MR_OPTION', { option: 'onBatchFailure', value: onBatchFailure, rule: "must be 'stop' or 'continue'" });
  }
}

/** Checks a count that a user gave. */
export function positive(option: string, value: number): number {
  if (!Number.isInteger(value) || value < 1)
    throw error('MR_OPTION', { option, value, rule: 'must be a whole number of at least 1' });
  return value;
}
