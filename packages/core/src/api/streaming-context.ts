import type { ExecutionBackend } from '../backend/contract.ts';
import { error } from '../errors/index.ts';
import type { StreamingListener } from '../events/listener.ts';
import { type ExplainJson, explainJson, explainText } from '../plan/explain.ts';
import { planRetention } from '../plan/retention.ts';
import type { Replay } from '../replay/replay.ts';
import { CheckpointChoice } from './checkpoint-choice.ts';
import { checkpointSetting } from './checkpoint-setting.ts';
import type { CheckpointOptions, CheckpointPlace, ContextOptions, StreamingContextState } from './context-options.ts';
import { createdBy } from './created-by.ts';
import { type Health, type HealthFacts, healthOf, laggingAfterMs, notRunning } from './health.ts';
import { LifeHookList, type LifeHooks } from './life-hooks.ts';
import { type StopOptions, stopTimeoutMs } from './stop-options.ts';
import { StreamingRun } from './streaming-run.ts';
import { StreamsContext } from './streams-context.ts';
import { type Duration, durationMs } from './time.ts';

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
export class StreamingContext extends StreamsContext {
  readonly #listeners: StreamingListener[] = [];
  readonly #hooks = new LifeHookList((message) => this.warn(message));
  #rememberMs: number | null = null;
  readonly #checkpoint = new CheckpointChoice((message) => this.warn(message));
  #starting: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;
  /** While a graceful stop is under way that nobody has cut short. */
  #stopsGracefully = false;
  /** Whether hooks have heard of a stop. */
  #toldOfStop = false;
  #started = false;
  #startFailure: HealthFacts['failure'] = null;

  /**
   * @param backend where tasks run: `single()`, `threads()`
   * @param batchInterval milliseconds, at least 1
   * @throws MR_DURATION, MR_OPTION
   */
  constructor(backend: ExecutionBackend, batchInterval: Duration, options: ContextOptions = {}) {
    super(backend, batchInterval, options);
    const { checkpoint } = options;
    if (checkpoint !== undefined && !this.origin.worker) this.#checkpoint.addOption(checkpoint);
  }

  // ---- settings ------------------------------------------------------------------------------------------------------

  /** Every stream keeps its batches at least this long. Once. @throws MR_REMEMBER_TWICE, MR_DURATION (R59) */
  remember(duration: Duration): void {
    this.refuseUnlessInitialized('remember');
    if (this.#rememberMs !== null) throw error('MR_REMEMBER_TWICE', {});
    this.#rememberMs = durationMs(duration, 'remember');
  }

  /**
   * Keeps checkpoints of the job in a directory or a store, and goes on where an earlier run has stopped if there is one: batches
   * that had completed stay completed, those that were planned run again with the same inputs, batch times that were missed follow
   * in order, windows and state are as they were. What receivers store is in a log there before it counts as stored.
   *
   * One process owns a directory at a time. Where it is said more than once, also by the option `checkpoint`, by `getOrCreate` and
   * on the command line, it is the same place, and options complete each other.
   * @throws MR_OPTION, MR_DURATION; MR_CHECKPOINT_TWICE for another place, or an option that says something else
   * @example
   * ```ts
   * ssc.checkpoint('/var/lib/word-count');
   * await ssc.start();
   * ```
   */
  checkpoint(place: CheckpointPlace, options: CheckpointOptions = {}): void {
    this.refuseUnlessInitialized('checkpoint');
    this.#checkpoint.add(place, options);
  }

  /** Whether the job keeps checkpoints. */
  get hasCheckpoint(): boolean {
    return this.#checkpoint.setting !== null;
  }

  /**
   * A context whose job goes on from a checkpoint, or begins one if there is none: what `create` makes, with its checkpoints at
   * `place`. Unlike in Spark `create` is called either way, since programs are not stored: they are run again. It may call
   * `ssc.checkpoint()` for the same place, as it has to in Spark.
   * @throws what `create` throws; MR_OPTION, also where it gives no context but a promise for example; MR_CHECKPOINT_TWICE
   * @example
   * ```ts
   * const ssc = StreamingContext.getOrCreate('/var/lib/word-count', () => {
   *   const ssc = new StreamingContext(single(), seconds(1));
   *   socketTextStream(ssc, { host: 'localhost', port: 9999 }).countByValue().print();
   *   return ssc;
   * });
   * await ssc.start();
   * ```
   */
  static getOrCreate(
    place: CheckpointPlace,
    create: () => StreamingContext,
    options: CheckpointOptions = {},
  ): StreamingContext {
    checkpointSetting(place, options, () => {});
    const ssc = createdBy('getOrCreate', create);
    ssc.checkpoint(place, options);
    return ssc;
  }

  addStreamingListener(listener: StreamingListener): void {
    this.#listeners.push(listener);
    this.currentRun?.bus.add(listener);
  }

  removeStreamingListener(listener: StreamingListener): void {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners.splice(at, 1);
    this.currentRun?.bus.remove(listener);
  }

  /**
   * Has something begin and end with the job: for sinks that listen, and clients that outputs share. See `LifeHooks`.
   * @throws MR_CONTEXT_ACTIVE, MR_CONTEXT_STOPPED
   * @example
   * ```ts
   * ssc.addLifeHooks({
   *   start: () => console.log('begins'),
   *   end: ({ failure }) => console.log(failure === null ? 'done' : 'failed'),
   * });
   * ```
   */
  addLifeHooks(hooks: LifeHooks): void {
    this.refuseUnlessInitialized('addLifeHooks');
    this.#hooks.add(hooks);
  }

  // ---- life ----------------------------------------------------------------------------------------------------------

  getState(): StreamingContextState {
    return this.life;
  }

  /**
   * Checks the plan and starts the job; the first batch is at the next multiple of the batch interval (R1). When active
   * already it does nothing but warn (R91).
   * @throws MR_NO_OUTPUT, MR_INLINE_JOB, MR_PLAN_DIFFERS, MR_CONTEXT_STOPPED; the context is then stopped (R93)
   */
  async start(): Promise<void> {
    if (this.life === 'STOPPED') throw error('MR_CONTEXT_STOPPED', { what: 'start()' });
    if (this.life === 'ACTIVE') {
      this.warn('The StreamingContext has already been started; start() does nothing.');
      return;
    }
    await this.#begin(null);
    active = this;
  }

  /** For the engine, see `replayLetters`: runs letters in the place of the sources, and stops. */
  async replay(replay: Replay): Promise<void> {
    this.refuseUnlessInitialized('replayLetters()');
    await this.#begin(replay);
    // Whoever asked is told of the failure in the summary.
    this.awaitTermination().catch(() => {});
    await this.awaitIdle();
    await this.stop({ stopBackend: false });
  }

  /** @param replay null: the job itself */
  async #begin(replay: Replay | null): Promise<void> {
    this.life = 'ACTIVE';
    try {
      this.currentRun = new StreamingRun(this, {
        plan: this.plan,
        inputs: this.inputs,
        persisted: this.persisted,
        rememberMs: this.#rememberMs,
        shared: this.sharedScope,
        broadcasts: this.broadcasts,
        accumulators: this.accumulators,
        listeners: this.#listeners,
        // A replay is none of the job's batches.
        checkpoint: replay === null ? this.#checkpoint.setting : null,
        module: this.origin.module,
        replay,
      });
      const run = this.currentRun;
      this.#starting = this.#hooks.start().then(() => run.start());
      await this.#starting;
      this.#started = true;
    } catch (e) {
      this.life = 'STOPPED';
      this.#startFailure = { reason: e, batchTime: null };
      await this.currentRun?.abandon();
      await this.#hooks.end({ reason: e });
      throw e;
    }
  }

  /**
   * Stops the job. With `graceful` everything that was received is processed first, however long that takes unless a
   * `timeout` is given; without, batches that have not begun are thrown away and the running one ends. After the `timeout` a
   * graceful stop goes on as one that is not, with a warning that says what was not processed. Called inside an output's function it returns at once, and the context
   * stops when that batch has ended. A stop that is not graceful cuts short a graceful one that is under way.
   * @throws MR_STOP_IN_LISTENER from inside a listener's callback (R104); MR_DURATION, MR_OPTION for a timeout that is none, or
   *   of a stop that is not graceful
   * @example
   * ```ts
   * process.once('SIGTERM', () => void ssc.stop({ graceful: true, timeout: seconds(30) }));
   * ```
   */
  async stop(options: StopOptions = {}): Promise<void> {
    const { graceful = false, stopBackend = this.options.stopBackendByDefault ?? true } = options;
    const timeoutMs = stopTimeoutMs(options);
    if (this.currentRun?.bus.inCallback) throw error('MR_STOP_IN_LISTENER', {});
    if (this.#stopsGracefully && !graceful && this.life === 'ACTIVE') {
      this.#stopsGracefully = false;
      if (this.#toldOfStop) {
        this.#hooks.stopping(false);
        this.currentRun?.hurry();
      }
    }
    if (this.#stopping === null) this.#stopsGracefully = graceful;
    this.#stopping ??=
      this.life === 'ACTIVE'
        ? this.#stopRun(this.currentRun as StreamingRun, graceful, timeoutMs)
        : this.#hooks.end(null);
    const stopped = this.#stopping.then(async () => {
      this.life = 'STOPPED';
      if (active === this) active = null;
      this.currentRun?.terminate();
      if (stopBackend) await this.backend.stop();
    });
    // Waiting here for the batch whose function this is would be waiting for oneself.
    if (this.currentRun?.inOutput === true) stopped.catch((e: unknown) => this.warn(`stop() failed: ${String(e)}`));
    else await stopped;
  }

  /** Resolves when the context is stopped; rejects with the first error of a batch (R98, R99). */
  async awaitTermination(): Promise<void> {
    if (this.life === 'STOPPED' && this.currentRun === null) return;
    await this.#activeRun('awaitTermination').termination;
  }

  /** True if the context was stopped within `timeoutMs`, false if not; rejects like `awaitTermination`. */
  async awaitTerminationOrTimeout(timeoutMs: number): Promise<boolean> {
    if (this.life === 'STOPPED' && this.currentRun === null) return true;
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

  /** The active context, else the one that `create` makes. @throws MR_OPTION if that is none */
  static getActiveOrCreate(create: () => StreamingContext): StreamingContext {
    return active ?? createdBy('getActiveOrCreate', create);
  }

  // ---- looking at it -------------------------------------------------------------------------------------------------

  /**
   * How the job is right now, for probes and supervisors: whether it keeps up, by how much it does not, what failed. Costs
   * next to nothing and may be called at any time, from any place.
   * @example
   * ```ts
   * const { status, lag } = ssc.health();
   * if (status === 'lagging') console.log(lag.waitingBatches, 'batches wait,', lag.schedulingDelayMs, 'ms behind');
   * ```
   */
  health(): Health {
    const facts = this.currentRun?.healthFacts ?? notRunning(this.batchDuration.milliseconds);
    const over = this.life === 'STOPPED' || this.#stopping !== null;
    return healthOf({
      ...facts,
      phase: over ? 'stopped' : this.#started ? 'running' : 'starting',
      failed: facts.failed || this.#startFailure !== null,
      failure: this.#startFailure ?? facts.failure,
      laggingAfterMs: laggingAfterMs(this.options.laggingAfter, facts.batchIntervalMs),
    });
  }

  /**
   * The plan: nodes with names, slides and retention, and the stages of a batch; and how evenly the shuffles of the last batch have
   * spread their records, with the keys that were heavy.
   */
  explain(): string;
  explain(format: 'json'): ExplainJson;
  explain(format?: 'json'): string | ExplainJson {
    const view = explainJson(this.plan, planRetention(this.plan.nodes, this.#rememberMs), {
      name: this.name,
      batchIntervalMs: this.batchDuration.milliseconds,
      backend: this.backend.name,
      defaultParallelism: this.defaultParallelism,
      persisted: this.persistedNames(),
      shuffles: this.currentRun?.lastShuffles ?? [],
    });
    return format === 'json' ? view : explainText(view);
  }

  async #stopRun(run: StreamingRun, graceful: boolean, timeoutMs: number | null): Promise<void> {
    try {
      // A job that is still starting would go on doing so after it was stopped.
      await this.#starting;
    } catch {
      // start() itself has freed everything and told its caller.
      return;
    }
    this.#toldOfStop = true;
    // It may have been cut short meanwhile.
    const isGraceful = graceful && this.#stopsGracefully;
    this.#hooks.stopping(isGraceful);
    try {
      await run.stop(isGraceful, isGraceful ? timeoutMs : null);
    } finally {
      await this.#hooks.end(run.failure);
    }
  }

  #activeRun(what: string): StreamingRun {
    if (this.currentRun === null) throw error('MR_NOT_INITIALIZED', { what });
    return this.currentRun;
  }
}

let active: StreamingContext | null = null;
