import type { BackendSession } from '../backend/contract.ts';
import { error, toErrorData } from '../errors/index.ts';
import type { StreamingListener } from '../events/listener.ts';
import { ListenerBus } from '../events/listener-bus.ts';
import { BatchPlanner } from '../lineage/batch-planner.ts';
import type { FunctionScope } from '../lineage/function-scope.ts';
import { ProgramRegistry } from '../lineage/program-registry.ts';
import { AnyGrid, FixedGrid } from '../lineage/time-grid.ts';
import { fingerprint } from '../plan/fingerprint.ts';
import { consumersIn, isLayoutUsed } from '../plan/layout-use.ts';
import type { PlanNode } from '../plan/node.ts';
import type { Plan } from '../plan/plan.ts';
import { planRetention } from '../plan/retention.ts';
import { mobilityOf } from '../plan/state-placement.ts';
import { neededNodes, nodesFromState, statefulNodes } from '../plan/stateful-nodes.ts';
import type { ReceiverTracker } from '../receiver/receiver-tracker.ts';
import type { Replay } from '../replay/replay.ts';
import type { Batch, OutputJob } from '../schedule/batch.ts';
import { BatchScheduler, type SchedulerHost } from '../schedule/batch-scheduler.ts';
import { firstTick } from '../schedule/clock.ts';
import { after } from '../schedule/delay.ts';
import type { ShuffleMetrics } from '../skew/shuffle-metrics.ts';
import type { AccumulatorRegistry } from './accumulator.ts';
import { AdaptiveInterval } from './adaptive-interval.ts';
import { BatchEnds } from './batch-ends.ts';
import { BatchGenerator } from './batch-generator.ts';
import type { BroadcastRegistry } from './broadcast.ts';
import type { CheckpointSetting } from './context-options.ts';
import { DriverExecution } from './driver-execution.ts';
import { DriverLineage } from './driver-lineage.ts';
import type { HealthFacts } from './health.ts';
import type { InputDStream } from './input-dstream.ts';
import { JobInputs } from './job-inputs.ts';
import { JoinChoices } from './join-choices.ts';
import { recordErrors } from './on-error.ts';
import { OutputRunner } from './output-runner.ts';
import { ContextPlanFunctions } from './plan-functions.ts';
import { clockBehindText, clockSetBackText, dueBatches, nextOnGrid, refillWindows } from './resume.ts';
import { RunCheckpoint } from './run-checkpoint.ts';
import { speculationSettings } from './speculation-options.ts';
import { checkIntervals, checkStatePlace } from './state-place.ts';
import { forcedPlacement, StatePlacements } from './state-placements.ts';
import { StateReads } from './state-reads.ts';
import { unprocessedText } from './stop-options.ts';
import type { StreamingContext } from './streaming-context.ts';
import { Termination } from './termination.ts';
import { durationMs } from './time.ts';

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
  readonly checkpoint: CheckpointSetting | null;
  readonly module: { readonly url: string; readonly params: unknown } | null;
  /** Letters in the place of the sources; null as a rule. */
  readonly replay: Replay | null;
}

let jobs = 0;

/** A started job: ties planner, scheduler and backend together, from `start` to the end. */
export class StreamingRun implements SchedulerHost {
  readonly bus: ListenerBus;
  readonly planner: BatchPlanner;
  readonly stateReads: StateReads;
  readonly placements: StatePlacements;
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
  readonly #inputs: JobInputs;
  readonly #termination = new Termination();
  readonly #adaptive: AdaptiveInterval | null = null;
  readonly #checkpoint: RunCheckpoint | null;
  readonly #generator: BatchGenerator;
  readonly #ends: BatchEnds;
  readonly #joins: JoinChoices;
  #outputs: OutputRunner | null = null;
  #lineage: DriverLineage | null = null;
  #session: BackendSession | null = null;
  #firstTime = 0;
  #lastFailure: HealthFacts['failure'] = null;
  /** The first of the times in a row that had no batch, since an input could not say what is in it; null if the last one had. */
  #leftOutSince: number | null = null;
  #leftOutReason = '';
  #failedBatches = 0;

  constructor(context: StreamingContext, parts: RunParts) {
    this.#context = context;
    this.#parts = parts;
    const { plan } = parts;
    if (plan.outputs.length === 0) throw error('MR_NO_OUTPUT', {});
    refuseInline(context, plan, parts.module);
    const { replay } = parts;
    this.#inputs = new JobInputs(context, replay === null ? parts.inputs : []);
    this.bus = new ListenerBus(context.name, (e) => context.warn(`A listener threw: ${String(e)}`));
    for (const listener of parts.listeners) this.bus.add(listener);
    const nodes = [...plan.nodes, ...plan.outputs];
    const batchIntervalMs = context.batchDuration.milliseconds;
    const { adaptiveBatchInterval } = context.options;
    if (adaptiveBatchInterval !== undefined && replay === null)
      this.#adaptive = new AdaptiveInterval(plan, adaptiveBatchInterval, batchIntervalMs);
    const grid = replay === null ? (this.#adaptive?.grid ?? new FixedGrid()) : new AnyGrid();
    const remember = planRetention(nodes, parts.rememberMs, (node) => grid.longestSlide(node));
    if (this.#adaptive !== null) this.#adaptive.grid.keepMs = 2 * Math.max(...remember.values());
    this.#joins = new JoinChoices(2 * Math.max(...remember.values()));
    this.#hasState = replay === null && plan.nodes.some((n) => n.operator.properties.dependency === 'state');
    this.#stateful = replay === null ? statefulNodes(plan) : [];
    if (replay === null) context.migrations.check(this.#stateful);
    const consumersOf = consumersIn([...plan.nodes, ...plan.outputs]);
    this.planner = new BatchPlanner(
      {
        // A checkpoint may change it before the first batch.
        get defaultParallelism() {
          return context.defaultParallelism;
        },
        jobName: context.name,
        replayAt: (time) => replay?.idAt(time) ?? null,
        recordErrors: (node) => recordErrors(context.errorPolicyOf(node)),
        sourceBatch: (node, time) => this.#inputs.batch(node, this.planner.scope(node, time), time),
        checkpointIntervalOf: (node) => context.checkpointIntervalOf(node),
        broadcastsRight: (join, time) => this.#joins.choose(join, time),
        isLayoutUsed: (node) => isLayoutUsed(node, consumersOf, context.defaultParallelism),
        tableAt: (node, time) => this.placements.tableAt(node, time),
        leastStepOf: (node) => this.placements.leastStepOf(node),
        release: (handles) => this.#session?.release(handles),
      },
      remember,
      context.persistedNames(),
      grid,
      replay === null ? nodesFromState(plan) : undefined,
    );
    this.placements = new StatePlacements(
      this.planner,
      this.#stateful,
      (node) => mobilityOf(node, consumersOf, context.defaultParallelism),
      forcedPlacement(context),
    );
    this.stateReads = new StateReads(this.planner, this.#stateful, () => this.#termination.failure);
    this.#checkpoint =
      parts.checkpoint === null
        ? null
        : new RunCheckpoint({
            context,
            setting: parts.checkpoint,
            planner: this.planner,
            inputs: this.#inputs,
            accumulators: parts.accumulators,
            broadcasts: parts.broadcasts,
            stateful: this.#stateful,
            joins: this.#joins,
            placements: this.placements,
            fail: (reason) => this.#scheduler.fail(reason),
          });
    this.#generator = new BatchGenerator({
      plan,
      sources: replay === null ? neededNodes(plan).filter((n) => n.operator.properties.dependency === 'source') : [],
      planner: this.planner,
      inputs: this.#inputs,
      broadcasts: parts.broadcasts,
      stateful: this.#stateful,
      joins: this.#joins,
      records: () => this.#checkpoint?.records ?? null,
      replay,
    });
    this.#ends = new BatchEnds({
      joins: this.#joins,
      planner: this.planner,
      generator: this.#generator,
      stateReads: this.stateReads,
      accumulators: parts.accumulators,
      records: () => this.#checkpoint?.records ?? null,
      outputs: () => this.#outputs as OutputRunner,
      session: () => this.#session as BackendSession,
    });
    this.#functions = new ContextPlanFunctions(plan, parts.shared);
    const {
      concurrentJobs = 1,
      maxPendingBatches = 16,
      maxBatchFailures = 1,
      onBatchFailure = this.#hasState || parts.checkpoint !== null ? 'stop' : 'continue',
    } = context.options;
    this.#scheduler = new BatchScheduler(this, {
      clock: context.clock,
      batchIntervalMs,
      concurrentJobs,
      maxPendingBatches,
      maxBatchFailures,
      // What follows a batch that failed can be replayed when its cause is gone, and nothing is lost by then.
      stopOnFailure: replay !== null || onBatchFailure === 'stop',
      bus: this.bus,
    });
  }

  async start(): Promise<void> {
    const { clock, backend, options } = this.#context;
    const { plan, module, broadcasts, accumulators } = this.#parts;
    const checkpoint = this.#checkpoint;
    const context = this.#context;
    const warn = (message: string) => context.warn(message);
    checkStatePlace(plan, checkpoint !== null, warn);
    checkIntervals(plan, checkpoint !== null, (node) => context.checkpointIntervalOf(node), warn);
    const resumes = checkpoint !== null && (await checkpoint.open());
    if (resumes) this.#context.adoptParallelism(checkpoint.defaultParallelism as number);
    const { name, batchDuration, defaultParallelism } = this.#context;
    const speculation = speculationSettings(options.speculation);
    const session = await backend.open({
      id: `job-${jobs++}`,
      name,
      module,
      plan: this.#functions,
      fingerprint: fingerprint([...plan.nodes, ...plan.outputs]),
      batchIntervalMs: batchDuration.milliseconds,
      defaultParallelism,
      clock,
      maxTaskFailures: options.maxTaskFailures ?? 1,
      taskTimeoutMs: options.taskTimeout === undefined ? null : durationMs(options.taskTimeout, 'taskTimeout'),
      speculation,
      stateReads: checkpoint?.stateReads ?? null,
      broadcast: (variable, version) => broadcasts.value(variable, version),
      warn: (message) => this.#context.warn(message),
    });
    this.#session = checkpoint === null ? session : checkpoint.guard(session);
    const driver = new DriverExecution(this.#session, this.#functions, clock, this.#registry, (variable, version) =>
      broadcasts.value(variable, version),
    );
    const { planner } = this;
    const lineage = new DriverLineage({ context: this.#context, planner, driver, broadcasts, accumulators });
    this.#lineage = lineage;
    if (speculation !== null && this.#session.slots === 1) {
      this.#context.warn(
        `speculation has no effect on ${backend.name}: there is no second worker that could run a copy of a task.`,
      );
    }
    this.#outputs = new OutputRunner({
      context: this.#context,
      planner: this.planner,
      registry: this.#registry,
      session: this.#session,
      driverSetting: (operator, time, batch) => lineage.setting(operator, time, batch),
    });
    this.#adaptInterval();
    if (this.#parts.replay !== null) await this.#replay(this.#parts.replay);
    else if (resumes) await this.#resume(checkpoint, session);
    else await this.#begin(checkpoint, defaultParallelism);
  }

  async #begin(checkpoint: RunCheckpoint | null, defaultParallelism: number): Promise<void> {
    const interval = this.#context.batchDuration.milliseconds;
    this.#firstTime = firstTick(this.#context.clock.now(), interval);
    this.planner.grid.zeroTime = this.#firstTime - interval;
    this.#generator.lastTime = this.planner.zeroTime;
    await checkpoint?.begin(this.planner.zeroTime, defaultParallelism);
    await this.#startInputs(checkpoint);
    this.#scheduler.start(this.#firstTime);
  }

  async #replay(replay: Replay): Promise<void> {
    const { times } = replay;
    this.#generator.lastTime = (times[0] ?? 0) - this.#context.batchDuration.milliseconds;
    await this.#startInputs(null);
    this.#scheduler.only(times);
  }

  /** Pending batches first, then the times that were missed, then the clock's. */
  async #resume(checkpoint: RunCheckpoint, session: BackendSession): Promise<void> {
    const { zeroTime, pending, lastTime, lastOver, early, lastIntervalMs } = await checkpoint.restore(session);
    // A batch interval that follows the load goes on where it was.
    const interval = this.#adaptive?.resume(lastIntervalMs) ?? this.#context.batchDuration.milliseconds;
    const now = this.#context.clock.now();
    // A clock may have been set back: batch times only go forward, whatever it shows.
    this.#firstTime = nextOnGrid(zeroTime, interval, Math.max(now, lastTime));
    // By an interval at most it is behind a graceful stop, which gives the last records a batch before its time.
    if (lastTime - now > interval) this.#context.warn(clockBehindText(now, lastTime, this.#firstTime));
    await this.#startInputs(checkpoint);
    const { plan, broadcasts } = this.#parts;
    const options = { registry: this.#registry, baseOf: (node: string) => this.planner.stateBase(node) };
    const held = { lastOver, early };
    await refillWindows(plan, this.planner, this.#session as BackendSession, held, options, (time) =>
      broadcasts.current(checkpoint.records.versionsOf(time)),
    );
    const missed = await checkpoint.records.firstMissed(
      nextOnGrid(zeroTime, interval, lastTime),
      this.#firstTime,
      interval,
    );
    const due = [...dueBatches(pending, missed, this.#firstTime, interval)];
    const [time, intervalMs] = due[0] ?? [this.#firstTime, interval];
    this.#generator.lastTime = time - intervalMs;
    this.#scheduler.resume(due, this.#firstTime, interval);
  }

  async #startInputs(checkpoint: RunCheckpoint | null): Promise<void> {
    this.stateReads.open(this.#session as BackendSession);
    await this.#inputs.start(this.#session as BackendSession, this.bus, checkpoint?.log ?? null);
    await checkpoint?.inputsStarted();
    this.bus.post('onStreamingStarted', { time: this.#context.clock.now() });
  }

  /** After a failed start: frees what was taken. */
  async abandon(): Promise<void> {
    this.#scheduler.halt();
    await this.#inputs.stop();
    await this.#close();
    this.terminate();
  }

  /** @param timeoutMs after which a graceful stop goes on as one that is not; null: never */
  async stop(graceful: boolean, timeoutMs: number | null = null): Promise<void> {
    const cancel = timeoutMs === null ? () => {} : after(this.#context.clock, timeoutMs, () => this.#giveUp(timeoutMs));
    try {
      await this.#inputs.stop();
      if (graceful) await this.#drain();
      else this.#scheduler.halt();
      await this.#scheduler.whenIdle();
    } finally {
      cancel();
    }
    await this.#close();
  }

  /** Has a graceful stop begin no more batches. */
  #giveUp(timeoutMs: number): void {
    const unprocessed = {
      waitingBatches: this.#scheduler.waiting,
      runningTimes: [...this.#running].filter((b) => b.ended === null).map((b) => b.time),
      receivers: this.#inputs.backlog,
      pendingInputs: this.#inputs.pending,
    };
    this.#scheduler.halt();
    this.#context.warn(unprocessedText(timeoutMs, unprocessed));
  }

  /** Has a graceful stop that is under way begin no more batches. */
  hurry(): void {
    this.#scheduler.halt();
  }

  async #close(): Promise<void> {
    await this.stateReads.close();
    for (const complaint of (await this.#outputs?.close()) ?? []) this.#context.warn(complaint);
    for (const complaint of (await this.#lineage?.close()) ?? []) this.#context.warn(complaint);
    await this.#session?.close();
    await this.#inputs.close();
    await this.#checkpoint?.close();
  }

  /** The end, as `awaitTermination` sees it. */
  get termination(): Promise<void> {
    return this.#termination.promise;
  }

  /** Says that the end is there. */
  terminate(): void {
    this.#termination.complete();
  }

  terminatedWithin(timeoutMs: number): Promise<boolean> {
    return this.#termination.within(timeoutMs, this.#context.clock);
  }

  /** The first error of a batch; null while there is none. */
  get failure(): { readonly reason: unknown } | null {
    return this.#termination.failure;
  }

  /** What the run knows of its health. */
  get healthFacts(): Omit<HealthFacts, 'phase' | 'laggingAfterMs'> {
    const { failed, waiting, delayMs, intervalMs } = this.#scheduler;
    return {
      failed,
      failure: this.#lastFailure,
      failedBatches: this.#failedBatches,
      waitingBatches: waiting,
      // What waits in an input that cannot be asked waits for a batch as well.
      schedulingDelayMs: Math.max(
        delayMs,
        this.#leftOutSince === null ? 0 : this.#context.clock.now() - this.#leftOutSince,
      ),
      batchIntervalMs: intervalMs,
      receivers: this.#inputs.backlog,
    };
  }

  /** The receivers; null until they are started. */
  get receivers(): ReceiverTracker | null {
    return this.#inputs.receivers;
  }

  /** True inside an output's function: who waits there for the batch waits for itself. */
  get inOutput(): boolean {
    return this.#outputs?.inOutput ?? false;
  }

  whenIdle(): Promise<void> {
    return this.#scheduler.whenIdle();
  }

  // ---- what the scheduler asks -----------------------------------------------------------------------------------------

  prepare(time: number): Promise<void> | null {
    return this.#inputs.prepare(time);
  }

  generate(time: number, submissionTime: number): Batch {
    this.#leftOutSince = null;
    this.placements.plan(time);
    return this.#generator.generate(time, submissionTime);
  }

  async runJob(batch: Batch, job: OutputJob, earlier: readonly Batch[]): Promise<void> {
    this.#runs(batch);
    await this.#checkpoint?.records.whenPlanned(batch.time);
    await (this.#outputs as OutputRunner).run(batch, job, earlier);
  }

  async commit(batch: Batch, earlier: readonly Batch[]): Promise<void> {
    this.#runs(batch);
    await this.#ends.commit(batch, earlier);
    this.placements.committed(batch);
    const { shuffles } = batch;
    if (shuffles.length > 0) this.lastShuffles = shuffles;
  }

  failed(batch: Batch, reason: unknown, earlier: readonly Batch[]): Promise<void> {
    return this.#ends.failed(batch, reason, earlier);
  }

  unprepared(time: number): Promise<void> {
    this.#leftOutSince ??= time;
    this.#sayLeftOut(time);
    return this.#ends.unprepared(time);
  }

  /** The first failure is told by `awaitTermination`, those of batches by listeners; of times without a batch each that is another one. */
  #sayLeftOut(time: number): void {
    const { reason } = this.#lastFailure as NonNullable<HealthFacts['failure']>;
    const { message } = toErrorData(reason);
    if (reason !== this.failure?.reason && message !== this.#leftOutReason)
      this.#context.warn(`There is no batch at ${time}: ${message}`);
    this.#leftOutReason = message;
  }

  unplanned(time: number, reason: unknown): Promise<void> {
    return this.#ends.unplanned(time, reason);
  }

  undo(batch: Batch): void {
    // Partitions that are still kept would not be computed again, and what their tasks add to accumulators and state with it.
    this.#session?.release(batch.attempts.takeKept());
  }

  forget(time: number): void {
    this.planner.forget(
      time,
      [...this.#running].filter((b) => b.ended === null).map((b) => b.done),
    );
    this.#inputs.completed(time);
    this.#checkpoint?.records.over(time);
    this.#lineage?.forget(time);
    this.#generator.forget(time);
  }

  report(reason: unknown, time: number | null): void {
    this.#termination.fail(reason);
    this.#lastFailure = { reason, batchTime: time };
    if (time !== null) this.#failedBatches += 1;
  }

  clockSetBack(byMs: number, next: number): void {
    this.#context.warn(clockSetBackText(byMs, next));
  }

  halted(): void {
    // The context stops by itself when a batch failed and the job may not go on.
    queueMicrotask(() => void this.#context.stop({ stopBackend: false }).catch(() => {}));
  }

  /** Of the last batch that is complete and shuffled anything; empty before the first one. */
  lastShuffles: readonly ShuffleMetrics[] = [];

  /** What the driver builds lineage with; null until the backend is open. */
  get lineage(): DriverLineage | null {
    return this.#lineage;
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
        this.#scheduler.changeInterval(toMs);
        this.bus.post('onBatchIntervalChanged', { time: this.#context.clock.now(), ...change });
      },
    });
  }

  #runs(batch: Batch): void {
    if (this.#running.has(batch)) return;
    this.#running.add(batch);
    this.#inputs.begun(batch.time);
    void batch.done.then(() => this.#running.delete(batch));
  }

  async #drain(): Promise<void> {
    const last = this.#scheduler.stopTicking();
    await this.#scheduler.whenIdle();
    let next = last === null ? this.#firstTime : this.#scheduler.nextAfter(last);
    // A halted scheduler makes no more batches, so nothing would ever be taken from the sources.
    while (!this.#scheduler.halted && this.#inputs.hasPending) {
      this.#scheduler.due(next);
      next = this.#scheduler.nextAfter(next);
      await this.#scheduler.whenIdle();
      // Batches of one thread may be promises all the way: the limit, and a second signal, want their turn as well.
      await this.#context.clock.breathe();
    }
  }
}

/** Operators that workers cannot build must not be there where they do the work. @throws MR_INLINE_JOB */
function refuseInline({ backend }: StreamingContext, plan: Plan, module: RunParts['module']): void {
  if (backend.sharesMemory) return;
  const attached = plan.nodes.filter((n) => n.attached);
  if (module !== null && attached.length === 0) return;
  const operators = (module === null ? [...plan.nodes, ...plan.outputs] : attached).map((n) => n.name);
  throw error('MR_INLINE_JOB', { backend: backend.name, operators });
}
