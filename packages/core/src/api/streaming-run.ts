import { AsyncLocalStorage } from 'node:async_hooks';
import type { BackendSession } from '../backend/contract.ts';
import { recordsOf } from '../backend/graph-run.ts';
import { error } from '../errors/index.ts';
import type { StreamingListener } from '../events/listener.ts';
import { ListenerBus } from '../events/listener-bus.ts';
import { runAction } from '../lineage/action-runner.ts';
import { BatchPlanner, isKept } from '../lineage/batch-planner.ts';
import type { FunctionScope } from '../lineage/function-scope.ts';
import { needsPast } from '../lineage/needs-past.ts';
import type { RddNode } from '../lineage/rdd-node.ts';
import { isReady, ProgramRegistry } from '../lineage/stage-cutter.ts';
import type { GraphResult } from '../lineage/stage-graph.ts';
import { FixedGrid } from '../lineage/time-grid.ts';
import { fingerprint } from '../plan/fingerprint.ts';
import type { PlanNode } from '../plan/node.ts';
import type { Plan } from '../plan/plan.ts';
import { planRetention } from '../plan/retention.ts';
import { statefulNodes } from '../plan/stateful-nodes.ts';
import { ReceiverTracker } from '../receiver/receiver-tracker.ts';
import { Batch, type OutputJob } from '../schedule/batch.ts';
import { BatchScheduler, type SchedulerHost } from '../schedule/batch-scheduler.ts';
import { firstTick } from '../schedule/clock.ts';
import { InputInfoTracker } from '../schedule/input-info-tracker.ts';
import { type ControlledInput, checkBackpressure, RateController } from '../schedule/rate-controller.ts';
import type { AccumulatorRegistry } from './accumulator.ts';
import { AdaptiveInterval } from './adaptive-interval.ts';
import type { BatchWriter } from './batch-sink.ts';
import type { BroadcastRegistry } from './broadcast.ts';
import { DriverExecution } from './driver-execution.ts';
import type { InputDStream } from './input-dstream.ts';
import { ContextPlanFunctions } from './plan-functions.ts';
import type { RddSetting } from './rdd/execution.ts';
import { RDD } from './rdd/rdd.ts';
import { ReceiverInputDStream } from './receiver-input-dstream.ts';
import { sourceBatchRdd } from './source-batch.ts';
import type { StreamingContext } from './streaming-context.ts';
import { Time } from './time.ts';

/** What a context gives to its run. */
export interface RunParts {
  readonly plan: Plan;
  readonly inputs: readonly InputDStream<unknown>[];
  readonly persisted: ReadonlySet<string>;
  readonly rememberMs: number | null;
  readonly shared: FunctionScope;
  readonly broadcasts: BroadcastRegistry;
  readonly accumulators: AccumulatorRegistry;
  readonly listeners: readonly StreamingListener[];
  readonly module: { readonly url: string; readonly params: unknown } | null;
}

let jobs = 0;

/** A started job: ties planner, scheduler and backend together, from `start` to the end. */
export class StreamingRun implements SchedulerHost {
  readonly bus: ListenerBus;
  readonly planner: BatchPlanner;
  readonly inputInfo = new InputInfoTracker();
  readonly termination: Promise<void>;
  readonly #context: StreamingContext;
  readonly #parts: RunParts;
  readonly #scheduler: BatchScheduler;
  readonly #registry = new ProgramRegistry();
  readonly #functions: ContextPlanFunctions;
  readonly #hasState: boolean;
  /** Nodes with state that outputs depend on, inputs first. */
  readonly #stateful: readonly PlanNode[];
  /** Batches that have begun and not ended. */
  readonly #running = new Set<Batch>();
  /** Broadcast versions of the batches that were generated and have not ended. */
  readonly #pinned = new Map<number, ReadonlyMap<string, number>>();
  /** Set while an output's function runs, over its awaits. */
  readonly #inOutput = new AsyncLocalStorage<true>();
  readonly #end = Promise.withResolvers<void>();
  readonly #adaptive: AdaptiveInterval | null = null;
  #receivers: ReceiverTracker | null = null;
  #lastTime = 0;
  #driver: DriverExecution | null = null;
  #outside: RddSetting | null = null;
  #session: BackendSession | null = null;
  #failure: { readonly reason: unknown } | null = null;
  #over = false;
  #firstTime = 0;

  constructor(context: StreamingContext, parts: RunParts) {
    this.#context = context;
    this.#parts = parts;
    const { plan } = parts;
    if (plan.outputs.length === 0) throw error('MR_NO_OUTPUT', {});
    this.#refuseInline();
    this.termination = this.#end.promise;
    // Nobody may be waiting for the end: an error is then kept for awaitTermination and is not an unhandled rejection.
    this.termination.catch(() => {});
    this.bus = new ListenerBus(context.name, (e) => context.warn(`A listener threw: ${String(e)}`));
    for (const listener of parts.listeners) this.bus.add(listener);
    const nodes = [...plan.nodes, ...plan.outputs];
    const batchIntervalMs = context.batchDuration.milliseconds;
    const { adaptiveBatchInterval } = context.options;
    if (adaptiveBatchInterval !== undefined)
      this.#adaptive = new AdaptiveInterval(plan, adaptiveBatchInterval, batchIntervalMs);
    const grid = this.#adaptive?.grid ?? new FixedGrid();
    const remember = planRetention(nodes, parts.rememberMs, (node) => grid.longestSlide(node));
    if (this.#adaptive !== null) this.#adaptive.grid.keepMs = 2 * Math.max(...remember.values());
    this.#hasState = plan.nodes.some((n) => n.operator.properties.dependency === 'state');
    this.#stateful = statefulNodes(plan);
    this.planner = new BatchPlanner(
      {
        defaultParallelism: context.defaultParallelism,
        jobName: context.name,
        sourceBatch: (node, time) => this.#sourceBatch(node, time),
        release: (handles) => this.#session?.release(handles),
      },
      remember,
      context.persistedNames(),
      grid,
    );
    this.#functions = new ContextPlanFunctions(plan, parts.shared);
    const {
      concurrentJobs = 1,
      maxPendingBatches = 16,
      onBatchFailure = this.#hasState ? 'stop' : 'continue',
    } = context.options;
    this.#scheduler = new BatchScheduler(this, {
      clock: context.clock,
      batchIntervalMs,
      concurrentJobs,
      maxPendingBatches,
      stopOnFailure: onBatchFailure === 'stop',
      bus: this.bus,
    });
  }

  async start(): Promise<void> {
    const { clock, backend, name, batchDuration, defaultParallelism, options } = this.#context;
    const { plan, module, broadcasts, inputs } = this.#parts;
    this.#session = await backend.open({
      id: `job-${jobs++}`,
      name,
      module,
      plan: this.#functions,
      fingerprint: fingerprint([...plan.nodes, ...plan.outputs]),
      batchIntervalMs: batchDuration.milliseconds,
      defaultParallelism,
      clock,
      maxTaskFailures: options.maxTaskFailures ?? 1,
      broadcast: (variable, version) => broadcasts.value(variable, version),
      warn: (message) => this.#context.warn(message),
    });
    this.#driver = new DriverExecution(this.#session, this.#functions, clock, this.#registry, (variable, version) =>
      broadcasts.value(variable, version),
    );
    if (this.#hasState) {
      this.#context.warn(
        'State is kept in memory only: without a checkpoint directory it is lost when the process ends.',
      );
    }
    this.#attachReceivers();
    this.#adaptInterval();
    for (const input of inputs) await input.start();
    const first = firstTick(clock.now(), batchDuration.milliseconds);
    this.#firstTime = first;
    this.planner.grid.zeroTime = first - batchDuration.milliseconds;
    this.#lastTime = this.planner.zeroTime;
    this.bus.post('onStreamingStarted', { time: clock.now() });
    this.#scheduler.start(first);
  }

  /** After a failed start: frees what was taken. */
  async abandon(): Promise<void> {
    this.#scheduler.halt();
    await this.#stopInputs();
    await this.#close();
    this.terminate();
  }

  async stop(graceful: boolean): Promise<void> {
    await this.#stopInputs();
    if (graceful) await this.#drain();
    else this.#scheduler.halt();
    await this.#scheduler.whenIdle();
    await this.#close();
  }

  async #close(): Promise<void> {
    for (const complaint of (await this.#driver?.close()) ?? []) this.#context.warn(complaint);
    await this.#session?.close();
  }

  /** The end, as `awaitTermination` sees it. */
  terminate(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#failure === null) this.#end.resolve();
  }

  async terminatedWithin(timeoutMs: number): Promise<boolean> {
    // What has happened already goes before a timeout that is due at once.
    if (this.#failure !== null || this.#over) return this.termination.then(() => true as const);
    const { clock } = this.#context;
    let cancel = () => {};
    const timeout = new Promise<false>((resolve) => {
      cancel = clock.at(clock.now() + timeoutMs, () => resolve(false));
    });
    try {
      return await Promise.race([this.termination.then(() => true as const), timeout]);
    } finally {
      cancel();
    }
  }

  /** The first error of a batch; null while there is none. */
  get failure(): { readonly reason: unknown } | null {
    return this.#failure;
  }

  /** True inside an output's function: who waits there for the batch waits for itself. */
  get inOutput(): boolean {
    return this.#inOutput.getStore() === true;
  }

  whenIdle(): Promise<void> {
    return this.#scheduler.whenIdle();
  }

  // ---- what the scheduler asks -----------------------------------------------------------------------------------------

  prepare(time: number): Promise<void> | null {
    const waits: Promise<void>[] = [];
    for (const input of this.#parts.inputs) {
      if (input.prepare === undefined) continue;
      try {
        const wait = input.prepare(new Time(time));
        if (wait !== undefined) waits.push(wait);
      } catch (e) {
        waits.push(Promise.reject(e));
      }
    }
    return waits.length === 0 ? null : Promise.all(waits).then(() => {});
  }

  generate(time: number): Batch {
    const { broadcasts, plan } = this.#parts;
    const versions = broadcasts.pin();
    const intervalMs = time - this.#lastTime;
    this.#lastTime = time;
    this.planner.grid.note(time);
    try {
      this.#receivers?.allocate(time);
      const planned: OutputJob[] = [];
      for (const output of plan.outputs) {
        if (!this.planner.isValid(output, time)) continue;
        const rdd = this.planner.rdd(output, time);
        if (rdd !== null) planned.push({ output, rdd });
      }
      const advances = this.#advances(time);
      this.planner.keepShared(
        planned.map((job) => job.rdd),
        time,
        advances,
      );
      const { clock } = this.#context;
      const batch = new Batch({
        time,
        intervalMs,
        jobs: planned,
        advances,
        inputs: this.inputInfo.get(time),
        broadcasts: versions,
        submissionTime: clock.now(),
      });
      if (planned.length === 0 && advances.length === 0) broadcasts.unpin(versions);
      else this.#pinned.set(time, versions);
      return batch;
    } catch (e) {
      broadcasts.unpin(versions);
      throw e;
    }
  }

  async runJob(batch: Batch, job: OutputJob, earlier: readonly Batch[]): Promise<void> {
    const { output, rdd } = job;
    this.#runs(batch);
    // State and cached batches of the past are in time order, whatever else runs at once.
    if (earlier.length > 0 && needsPast(rdd)) await Promise.all(earlier.map((b) => b.done));
    if (output.operator.runsOn === 'partitions') {
      const fn = `${output.name}#0`;
      await this.#action(batch, rdd, { kind: 'foreach', fn, operator: output.name });
      return;
    }
    if (output.operator.runsOn === 'both') {
      await this.#write(batch, job, earlier);
      return;
    }
    if (!isKept(rdd)) this.planner.keep(rdd, batch.time);
    const setting = this.driverSetting(output.name, batch.time, batch);
    await this.#inOutput.run(true, () => output.functions[0](new RDD(rdd, setting), new Time(batch.time)));
  }

  async commit(batch: Batch, earlier: readonly Batch[]): Promise<void> {
    this.#runs(batch);
    if (batch.advances.length > 0) await Promise.all(earlier.map((b) => b.done));
    // An output that did not look at its batch, or has none at this time, must not make state miss the batch's data.
    for (const rdd of batch.advances) {
      const { op } = rdd;
      if (op.kind === 'state' ? batch.states.has(op.node) : isReady(rdd)) continue;
      await this.#action(batch, rdd, { kind: 'none' });
    }
    for (const state of batch.states) this.planner.commitState(state, batch.time);
    this.#parts.accumulators.apply(batch.accumulated);
  }

  forget(time: number): void {
    this.planner.forget(
      time,
      [...this.#running].filter((b) => b.ended === null).map((b) => b.done),
    );
    this.#receivers?.completed(time);
    this.inputInfo.cleanup(time + 1);
    this.#driver?.forget(time);
    this.#outside = null;
    for (const [batchTime, versions] of this.#pinned) {
      if (batchTime > time) continue;
      this.#pinned.delete(batchTime);
      this.#parts.broadcasts.unpin(versions);
    }
  }

  report(reason: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { reason };
    this.#end.reject(reason);
  }

  halted(): void {
    // The context stops by itself when a batch failed and the job may not go on.
    queueMicrotask(() => void this.#context.stop({ stopBackend: false }).catch(() => {}));
  }

  // ---- for handles -----------------------------------------------------------------------------------------------------

  slice<T>(node: PlanNode, fromMs: number, toMs: number): RDD<T>[] {
    const { grid } = this.planner;
    // Both ends are included, each after it was moved down to a batch time (R60).
    const from = grid.floor(node, fromMs);
    const setting = this.driverSetting('slice', toMs);
    const out: RDD<T>[] = [];
    for (const time of grid.times(node, from - 1, toMs)) {
      const rdd = this.planner.rdd(node, time);
      if (rdd === null) continue;
      this.planner.keep(rdd, time + this.planner.rememberOf(node));
      out.push(new RDD<T>(rdd, setting));
    }
    return out;
  }

  /** Where lineage of RDDs made outside of batches grows now; a new place after each batch, so that none grows for ever. */
  get outside(): RddSetting {
    this.#outside ??= this.driverSetting('parallelize', 0);
    return this.#outside;
  }

  /** Where lineage that the driver builds outside of `transform` grows, and how it runs. */
  driverSetting(operator: string, time: number, batch: Batch | null = null): RddSetting {
    const driver = this.#driver as DriverExecution;
    return driver.setting(this.#context, operator, time, this.#context.defaultParallelism, {
      broadcasts: batch?.broadcasts ?? this.#parts.broadcasts.current(),
      baseOf: (node) => this.planner.stateBase(node),
      record: (result, states) => {
        if (batch !== null) batch.record(result, states);
        // Outside of a batch nothing commits later: what tasks added counts at once.
        else for (const { values } of result.accumulated) this.#parts.accumulators.apply(values);
      },
    });
  }

  /** Receivers begin with the job; the rate of inputs is controlled if that was asked for. */
  #attachReceivers(): void {
    const { clock, batchDuration, options } = this.#context;
    const backpressure = checkBackpressure(options.backpressure);
    const streams = this.#parts.inputs.filter(
      (i): i is ReceiverInputDStream<unknown> => i instanceof ReceiverInputDStream,
    );
    this.#receivers = new ReceiverTracker(
      streams.map((stream) => stream.receiverSpec(backpressure?.initialRate ?? null)),
      { clock, bus: this.bus, warn: (message) => this.#context.warn(message), session: () => this.#session },
    );
    for (const stream of streams) stream.attach(this.#receivers.intakeOf(stream.id));
    if (backpressure === null) return;
    const controlled = this.#parts.inputs.filter((i): i is typeof i & ControlledInput => i.onRate !== undefined);
    const { milliseconds } = batchDuration;
    const controller = new RateController(controlled, milliseconds, backpressure);
    this.bus.add({ onBatchCompleted: ({ batchInfo }) => controller.completed(batchInfo) });
  }

  /** Has the batch interval follow how batches go, if that was asked for. */
  #adaptInterval(): void {
    const adaptive = this.#adaptive;
    if (adaptive === null) return;
    this.bus.add({
      onBatchCompleted: ({ batchInfo }) => {
        const change = adaptive.completed(batchInfo);
        if (change === null) return;
        const { fromMs, toMs, reason } = change;
        this.#context.warn(`The batch interval moves from ${fromMs} to ${toMs} ms: ${reason}.`);
        this.#scheduler.setInterval(toMs);
        this.bus.post('onBatchIntervalChanged', { time: this.#context.clock.now(), ...change });
      },
    });
  }

  /** All at once, since each may take a while to end. An input that fails to stop keeps nothing from stopping. */
  async #stopInputs(): Promise<void> {
    const { inputs } = this.#parts;
    const results = await Promise.allSettled(inputs.map(async (input) => input.stop()));
    results.forEach((result, i) => {
      if (result.status === 'rejected')
        this.#context.warn(`The input ${inputs[i].name} failed to stop: ${String(result.reason)}`);
    });
  }

  #runs(batch: Batch): void {
    if (this.#running.has(batch)) return;
    this.#running.add(batch);
    this.#receivers?.begun(batch.time);
    void batch.done.then(() => this.#running.delete(batch));
  }

  /**
   * What must be computed at a time whoever asks for it. A window that slides further than its input asks for several
   * batches of the past at once; state has gone on by then, so its output is kept for as long as somebody looks back.
   */
  #advances(time: number): RddNode[] {
    const out: RddNode[] = [];
    for (const node of this.#stateful) {
      if (!this.planner.isValid(node, time)) continue;
      const rdd = this.planner.rdd(node, time);
      if (rdd === null) continue;
      const remember = this.planner.rememberOf(node);
      const looksBack = remember > this.planner.grid.longestSlide(node);
      if (looksBack) this.planner.keep(rdd, time + remember);
      if (looksBack || node.operator.stateLogic !== undefined) out.push(rdd);
    }
    return out;
  }

  /** An output that writes partitions where they are and commits here. */
  async #write(batch: Batch, { output, rdd }: OutputJob, earlier: readonly Batch[]): Promise<void> {
    const about = {
      job: this.#context.name,
      output: output.name,
      time: new Time(batch.time),
      numPartitions: rdd.numPartitions,
    };
    const writePartitions = async () => {
      const { partitions } = await this.#action(batch, rdd, { kind: 'records' });
      return partitions.map((records) => recordsOf(records)[0]);
    };
    await this.#inOutput.run(true, () =>
      (output.functions[1] as BatchWriter)(
        about,
        writePartitions,
        () => Promise.all(earlier.map((b) => b.done)),
        (message) => this.#context.warn(message),
      ),
    );
  }

  async #action(batch: Batch, rdd: RddNode, sink: Parameters<typeof runAction>[2]): Promise<GraphResult> {
    const { result, states } = await runAction(this.#session as BackendSession, rdd, sink, {
      registry: this.#registry,
      time: batch.time,
      broadcasts: batch.broadcasts,
      baseOf: (node) => this.planner.stateBase(node),
    });
    batch.record(result, states);
    return result;
  }

  #sourceBatch(node: PlanNode, time: number): RddNode | null {
    const input = this.#parts.inputs.find((i) => i.node === node) as InputDStream<unknown>;
    return sourceBatchRdd(input, this.planner.scope(node, time), time, this.inputInfo);
  }

  async #drain(): Promise<void> {
    const last = this.#scheduler.stopTicking();
    await this.#scheduler.whenIdle();
    let next = last === null ? this.#firstTime : this.#scheduler.nextAfter(last);
    // A halted scheduler makes no more batches, so nothing would ever be taken from the sources.
    while (!this.#scheduler.halted && this.#parts.inputs.some((input) => input.hasPending())) {
      this.#scheduler.due(next);
      next = this.#scheduler.nextAfter(next);
      await this.#scheduler.whenIdle();
    }
  }

  #refuseInline(): void {
    const { backend } = this.#context;
    const { plan, module } = this.#parts;
    if (backend.sharesMemory) return;
    const attached = plan.nodes.filter((n) => n.attached);
    if (module !== null && attached.length === 0) return;
    const operators = (module === null ? [...plan.nodes, ...plan.outputs] : attached).map((n) => n.name);
    throw error('MR_INLINE_JOB', { backend: backend.name, operators });
  }
}
