import type { BackendSession } from '../backend/contract.ts';
import { convertState } from '../checkpoint/convert-state.ts';
import { type Found, JobCheckpoint } from '../checkpoint/job-checkpoint.ts';
import { planShape } from '../checkpoint/plan-shape.ts';
import { simulatedParts } from '../checkpoint/simulation.ts';
import { readStored, StoredStates } from '../checkpoint/stored-states.ts';
import type { BatchPlanner } from '../lineage/batch-planner.ts';
import type { RddNode } from '../lineage/rdd-node.ts';
import type { PlanNode } from '../plan/node.ts';
import type { ReceivedLog } from '../receiver/received-log.ts';
import type { Batch } from '../schedule/batch.ts';
import type { RestoredState } from '../state/saved-state.ts';
import type { StateFound, StateRead } from '../state/state-read.ts';
import type { StateReads } from '../state/stored-state.ts';
import type { AccumulatorRegistry } from './accumulator.ts';
import type { BroadcastRegistry } from './broadcast.ts';
import type { CheckpointSetting } from './context-options.ts';
import { EarlyInputs } from './early-inputs.ts';
import type { JobInputs } from './job-inputs.ts';
import { JobLog } from './job-log.ts';
import { migrationTarget } from './migration-target.ts';
import { dropReplaced } from './replaced-receivers.ts';
import { isoTime } from './resume.ts';
import { StateGuard } from './state-guard.ts';
import { StateSaves } from './state-saves.ts';
import { type SavedVersions, StoredBroadcasts } from './stored-broadcasts.ts';
import { StoredInputs } from './stored-inputs.ts';
import { StoredOutputs } from './stored-outputs.ts';
import type { StreamingContext } from './streaming-context.ts';

/** What checkpoints need of the run that they belong to. */
export interface RunCheckpointParts {
  readonly context: StreamingContext;
  readonly setting: CheckpointSetting;
  readonly planner: BatchPlanner;
  readonly inputs: JobInputs;
  readonly accumulators: AccumulatorRegistry;
  readonly broadcasts: BroadcastRegistry;
  /** Nodes with state that outputs depend on, inputs first. */
  readonly stateful: readonly PlanNode[];
  /** Ends the job: what it takes in can no longer be made safe. */
  readonly fail: (reason: unknown) => void;
}

/** Where a recovered job goes on. */
export interface Resumption {
  readonly zeroTime: number;
  /** Batches to run first, oldest first, with the time since the one before: they were planned and are not over. */
  readonly pending: readonly (readonly [time: number, intervalMs: number])[];
  /** The last batch time that was planned or left out; the zero time if there was none. No batch may have it again. */
  readonly lastTime: number;
  /** The last batch that is over, as are all before it; the zero time if there is none. */
  readonly lastOver: number;
  /** What was computed, and has counted, for windows that were not due yet. */
  readonly early: readonly (readonly [PlanNode, number])[];
  /** Of the last batch that was planned; the job's own if there was none. */
  readonly lastIntervalMs: number;
}

/** So many batches to catch up with are worth a word. */
const MANY_MISSED = 20;

/** The checkpoints of a run: what becomes of batches, states and inputs in the store, and of the store in a new run. */
export class RunCheckpoint {
  readonly #parts: RunCheckpointParts;
  readonly #job: JobCheckpoint;
  readonly #storedInputs: StoredInputs;
  readonly #storedOutputs: StoredOutputs;
  readonly #early: EarlyInputs;
  /** Batches whose record is being written. */
  readonly #planned = new Map<number, Promise<void>>();
  /** Partitions of each node's state. */
  readonly #partitions = new Map<string, number>();
  /** How long a batch is remembered after it is over, in ms. */
  #rememberMs = 0;
  #found: Found | null = null;
  readonly #saves: StateSaves;
  readonly #guard = new StateGuard({
    restore: (session, wanted) => this.#restoreStates(session, wanted),
    readStored: (read) => this.#readStored(read),
    ran: (graph, session) => this.#saves.ran(graph, session),
  });
  #log: JobLog | null = null;
  readonly #broadcasts: StoredBroadcasts;
  /** Versions that batches of the run before have seen. */
  readonly #versions = new Map<number, SavedVersions>();

  constructor(parts: RunCheckpointParts) {
    this.#parts = parts;
    const { context, stateful, broadcasts } = parts;
    this.#broadcasts = new StoredBroadcasts(broadcasts, (message) => context.warn(message));
    const slides = new Map(stateful.map(({ name, slideMs }) => [name, slideMs]));
    this.#job = new JobCheckpoint(
      parts.setting.store,
      (message) => context.warn(message),
      (node) => {
        const interval = context.checkpointIntervalOf(node);
        return interval === null ? null : interval / (slides.get(node) ?? interval);
      },
    );
    this.#saves = new StateSaves((node) => this.#job.sweepOf(node), context.plan.outputs.length);
    this.#storedInputs = new StoredInputs(this.#job, parts.planner);
    this.#storedOutputs = new StoredOutputs(this.#job, parts.planner);
    this.#early = new EarlyInputs(context.plan, parts.planner);
  }

  /** Opens the store; true if there is a run to go on with. @throws MR_CHECKPOINT_DIFFERS and what the store throws */
  async open(): Promise<boolean> {
    const { context, setting, planner } = this.#parts;
    const { nodes } = context.plan;
    this.#rememberMs = Math.max(this.#parts.inputs.savedForMs, ...nodes.map((n) => planner.rememberOf(n)));
    this.#parts.inputs.rememberMs = this.#rememberMs;
    this.#parts.inputs.collect((stream, time) => this.#storedInputs.batch(stream, time));
    this.#found = await this.#job.open(this.#meta(), setting.allow, this.#rememberMs, {
      steps: context.migrations.steps,
      targetOf: (due, saved, parallelism) => migrationTarget(context.plan.node(due.to), planner, saved, parallelism),
    });
    await this.#openLog();
    const { log } = this;
    if (this.#found !== null && log !== null)
      this.#found = await dropReplaced(this.#found, log, this.#job, (message) => context.warn(message));
    return this.#found !== null;
  }

  /** Where what receivers store is safe; null without receivers, or without a log. */
  get log(): ReceivedLog | null {
    return this.#log?.received ?? null;
  }

  /** Reads state that lies in the store with an entry for each key. */
  get stateReads(): StateReads {
    return new StoredStates(this.#job.store);
  }

  /** Partitions of key operations that the run before had; null if there was none. */
  get defaultParallelism(): number | null {
    return this.#found?.meta.defaultParallelism ?? null;
  }

  /** Writes down that the job begins. */
  begin(zeroTime: number, defaultParallelism: number): Promise<void> {
    return this.#job.begin({
      ...this.#meta(),
      zeroTime,
      defaultParallelism,
      ...(this.#log === null ? {} : { logId: this.#log.id }),
    });
  }

  /** Puts everything back to where the run before has left it. */
  async restore(session: BackendSession): Promise<Resumption> {
    const { planner, inputs, accumulators } = this.#parts;
    const { meta, batches, done, failed, computed, skipped, sums } = this.#found as Found;
    const { grid } = planner;
    grid.zeroTime = meta.zeroTime;
    for (const { from, to } of skipped) planner.skip(from, to);
    accumulators.set(sums);
    const open = batches.find(({ time, empty }) => !done.has(time) && empty !== true);
    this.log?.wasOver(open === undefined ? (batches.at(-1)?.time ?? meta.zeroTime) : open.time - 1);
    await inputs.restore(batches, done, new Map(meta.nodes.map(({ name, sinceMs }) => [name, sinceMs])));
    for (const { time, empty } of batches) {
      if (done.has(time) || empty) grid.note(time);
      this.#job.remember(time, time + this.#rememberMs);
    }
    this.#storedInputs.found();
    const over = batches.filter(({ time, empty }) => done.has(time) || empty === true).map(({ time }) => time);
    this.#storedOutputs.restore(this.#parts.stateful, over);
    for (const time of failed) planner.failed(time);
    for (const { name, params } of this.#parts.stateful) {
      const stood = this.#job.stood(name);
      if (stood === null) continue;
      const timed = typeof params.timeoutMs === 'number';
      await convertState(this.#job.store, { node: name, ...stood, stored: params.stored === true, timed });
    }
    await this.#guard.all(session);
    const pending = batches
      .filter(({ time, empty }) => !done.has(time) && !empty)
      .map(({ time, intervalMs }) => [time, intervalMs] as const);
    for (const { time, broadcasts } of batches) this.#versions.set(time, broadcasts);
    const last = batches.at(-1) ?? { time: meta.zeroTime, intervalMs: meta.batchIntervalMs };
    for (const key of this.#broadcasts.restore(this.#job.store))
      this.#job.expire(last.time + this.#rememberMs, { kind: 'delete', key });
    // Records of what is pending are there; writing them again would say the same.
    for (const [time] of pending) this.#planned.set(time, Promise.resolve());
    // A batch that could not be planned is over before the ones that still run: what these look at is theirs to compute.
    const lastOver =
      batches.findLast(({ time }) => done.has(time) && (open === undefined || time < open.time))?.time ?? meta.zeroTime;
    this.#early.restore(computed, lastOver);
    return {
      zeroTime: meta.zeroTime,
      pending,
      lastTime: Math.max(last.time, ...skipped.map(({ to }) => to)),
      lastOver,
      early: [...this.#early.toComputeAgain(computed, lastOver)],
      lastIntervalMs: last.intervalMs,
    };
  }

  /**
   * The first missed batch time that gets its batch: those before are left out, which is written down.
   * @param from the first that was missed
   * @param first the first that is not
   */
  async firstMissed(from: number, first: number, intervalMs: number): Promise<number> {
    const { missedBatches, maxMissedBatches } = this.#parts.setting;
    const count = (first - from) / intervalMs;
    const skipped = missedBatches === 'skip' ? count : Math.max(0, count - maxMissedBatches);
    const { context } = this.#parts;
    if (count - Math.max(0, skipped) >= MANY_MISSED)
      context.warn(
        `${count - Math.max(0, skipped)} batch times were missed since ${isoTime(from)}; their batches run first, one after the other.`,
      );
    if (skipped <= 0) return from;
    const to = from + (skipped - 1) * intervalMs;
    await this.#job.skip({ from, to, stepMs: intervalMs }, this.#rememberMs);
    this.#parts.planner.skip(from, to);
    context.warn(`${skipped} batch times that were missed, from ${isoTime(from)} to ${isoTime(to)}, are left out.`);
    return to + intervalMs;
  }

  /**
   * A batch was planned: what it will read is written down.
   * @param empty whether it has nothing to run. It must not look as if it were to run still: by then state is at a later batch
   */
  planned(time: number, intervalMs: number, versions: ReadonlyMap<string, number>, empty: boolean): void {
    if (this.#planned.has(time)) return;
    const { inputs } = this.#parts;
    const records = inputs.takeComputed().flatMap((batch) => this.#storedInputs.entriesOf(batch));
    const { entries, gone } = this.#broadcasts.planned(versions);
    // Batches before this one see the versions before, also when windows are filled again after a restart.
    for (const key of gone) this.#job.expire(time - intervalMs + this.#rememberMs, { kind: 'delete', key });
    const record = {
      time,
      intervalMs,
      inputs: inputs.saved(time),
      progress: inputs.progress(),
      broadcasts: [...versions],
      empty,
      ...(this.log === null ? {} : { log: this.log.newestRecord }),
    };
    const written = this.#job.planned(record, [...records, ...entries], time + this.#rememberMs);
    // Whoever runs the batch waits for it and hears of what goes wrong.
    written.catch(() => {});
    this.#planned.set(time, written);
  }

  /** Versions of broadcast variables that a batch of the run before has seen; empty for others. */
  versionsOf(time: number): SavedVersions {
    return this.#versions.get(time) ?? [];
  }

  /** Resolves when what a batch will read is written down. @throws what the store throws */
  async whenPlanned(time: number): Promise<void> {
    await this.#planned.get(time);
  }

  /** Writes down that a batch has completed, with all that it leaves behind. @throws what the store throws, SlotLost */
  async completed(batch: Batch, session: BackendSession): Promise<void> {
    const { accumulators } = this.#parts;
    const { time } = batch;
    const stood = [...batch.states].map((node) => [node, this.#partitions.get(node) as number] as const);
    const states = await this.#saves.take(stood, time, session);
    const entries = await this.#storedOutputs.entriesOf(batch, session);
    const added = batch.sum();
    await this.#job.completed(
      {
        time,
        states: states.filter((s) => s.touched > 0 || s.panesChanged),
        bases: states.flatMap(({ node, partition, base }) => (base === null ? [] : [{ node, partition, ...base }])),
        stood,
        computed: this.#early.over(time),
        entries,
      },
      null,
      accumulators.after(added),
    );
    // The driver may have added more meanwhile, which the next batch writes down.
    accumulators.apply(added);
    this.#planned.delete(time);
  }

  /** Writes down that a batch has failed, and that later ones go on without it. */
  async failed({ time }: Pick<Batch, 'time'>, reason: string): Promise<void> {
    await this.#job.completed(
      { time, states: [], bases: [], stood: [], computed: this.#early.over(time), entries: [] },
      reason,
      null,
    );
    this.#planned.delete(time);
  }

  /** Writes down that there is no batch at a time. @throws what the store throws */
  leaveOut(time: number): Promise<void> {
    const stepMs = this.#parts.context.batchDuration.milliseconds;
    return this.#job.skip({ from: time, to: time, stepMs }, this.#rememberMs);
  }

  /** All batches up to a time are over. */
  over(time: number): void {
    this.#job.over(time);
    for (const planned of this.#planned.keys()) if (planned <= time) this.#planned.delete(planned);
    if (this.#versions.size === 0) return;
    for (const seen of this.#versions.keys()) if (seen <= time) this.#versions.delete(seen);
    if (this.#versions.size === 0) this.#parts.broadcasts.tidy();
  }

  /** Books how many partitions the states of a batch's lineage have. */
  noteStates(roots: readonly RddNode[]): void {
    for (const rdd of roots) if (rdd.op.kind === 'state') this.#partitions.set(rdd.op.node, rdd.numPartitions);
  }

  /** The session, with workers that were replaced given their state before they run anything. */
  guard(session: BackendSession): BackendSession {
    return this.#guard.guard(session);
  }

  async close(): Promise<void> {
    try {
      await this.#job.close();
    } finally {
      this.#log?.release();
    }
  }

  /** What lies in the store with an entry for each key is read there; null for other state. */
  #readStored(read: StateRead): StateFound[] | null {
    if (!this.#parts.stateful.some(({ name, params }) => name === read.node && params.stored === true)) return null;
    const stood = this.#job.stood(read.node);
    return stood === null ? [] : readStored(this.#job.store, stood.partitions, read);
  }

  async #openLog(): Promise<void> {
    const { context, setting, inputs, fail } = this.#parts;
    if (setting.log === null || !inputs.receive) return;
    const { dir, options } = setting.log;
    this.#log = await JobLog.open({
      dir,
      options: {
        ...options,
        clock: context.clock,
        warn: (message) => context.warn(message),
        onFailure: fail,
        files: simulatedParts(setting.store)?.files,
      },
      job: context.name,
      where: setting.store.where,
      found: this.#found,
    });
    if (this.#found !== null) await this.#job.nameLog(this.#log.id);
    inputs.useLog();
  }

  #meta() {
    const { context, setting, inputs } = this.#parts;
    return {
      job: context.name,
      batchIntervalMs: context.batchDuration.milliseconds,
      nodes: planShape(context.plan.nodes, context.migrations.versions),
      // Sinks know what they have written by the name of the output.
      outputs: planShape(context.plan.outputs.filter(({ operator }) => operator.runsOn === 'both')),
      log: inputs.receive ? setting.log !== null : null,
    };
  }

  async #restoreStates(session: BackendSession, wanted: (partition: number) => boolean): Promise<void> {
    const { stateful, planner } = this.#parts;
    const states: RestoredState[] = [];
    for (const { name, params } of stateful) {
      const stood = this.#job.stood(name);
      if (stood === null) continue;
      this.#partitions.set(name, stood.partitions);
      planner.noteStateOf(name);
      planner.commitState(name, stood.time);
      // Slots ask the store for what they need of it.
      if (params.stored === true) continue;
      for (let p = 0; p < stood.partitions; p++) if (wanted(p)) states.push(this.#job.stateOf(name, p, stood.time));
    }
    if (states.length > 0) await session.restoreState(states);
  }
}
