import type { BackendSession } from '../backend/contract.ts';
import { convertState } from '../checkpoint/convert-state.ts';
import { type Found, JobCheckpoint } from '../checkpoint/job-checkpoint.ts';
import { planShape } from '../checkpoint/plan-shape.ts';
import { simulatedParts } from '../checkpoint/simulation.ts';
import { readStored, StoredStates } from '../checkpoint/stored-states.ts';
import type { BatchPlanner } from '../lineage/batch-planner.ts';
import type { PlanNode } from '../plan/node.ts';
import type { ReceivedLog } from '../receiver/received-log.ts';
import type { RestoredState } from '../state/saved-state.ts';
import type { StateFound, StateRead } from '../state/state-read.ts';
import type { StateReads } from '../state/stored-state.ts';
import type { AccumulatorRegistry } from './accumulator.ts';
import { BatchRecords } from './batch-records.ts';
import type { BroadcastRegistry } from './broadcast.ts';
import type { CheckpointSetting } from './context-options.ts';
import type { JobInputs } from './job-inputs.ts';
import { JobLog } from './job-log.ts';
import type { JoinChoices } from './join-choices.ts';
import { migrationTarget } from './migration-target.ts';
import { dropReplaced } from './replaced-receivers.ts';
import { StateGuard } from './state-guard.ts';
import type { StatePlacements } from './state-placements.ts';
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
  readonly joins: JoinChoices;
  readonly placements: StatePlacements;
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

/** The checkpoints of a run: what becomes of batches, states and inputs in the store, and of the store in a new run. */
export class RunCheckpoint {
  readonly #parts: RunCheckpointParts;
  readonly #job: JobCheckpoint;
  #records: BatchRecords | null = null;
  #found: Found | null = null;
  readonly #guard = new StateGuard({
    restore: (session, wanted) => this.#restoreStates(session, wanted),
    readStored: (read) => this.#readStored(read),
    ran: (graph, session) => this.records.ran(graph, session),
  });
  #log: JobLog | null = null;

  constructor(parts: RunCheckpointParts) {
    this.#parts = parts;
    const { context, stateful } = parts;
    const slides = new Map(stateful.map(({ name, slideMs }) => [name, slideMs]));
    this.#job = new JobCheckpoint(
      parts.setting.store,
      (message) => context.warn(message),
      (node) => {
        const interval = context.checkpointIntervalOf(node);
        return interval === null ? null : interval / (slides.get(node) ?? interval);
      },
    );
  }

  /** Opens the store; true if there is a run to go on with. @throws MR_CHECKPOINT_DIFFERS and what the store throws */
  async open(): Promise<boolean> {
    const { context, setting, planner } = this.#parts;
    const { nodes } = context.plan;
    const rememberMs = Math.max(this.#parts.inputs.savedForMs, ...nodes.map((n) => planner.rememberOf(n)));
    this.#parts.inputs.rememberMs = rememberMs;
    this.#found = await this.#job.open(this.#meta(), setting.allow, rememberMs, {
      steps: context.migrations.steps,
      targetOf: (due, saved, parallelism) => migrationTarget(context.plan.node(due.to), planner, saved, parallelism),
    });
    await this.#openLog();
    const { log } = this;
    if (this.#found !== null && log !== null)
      this.#found = await dropReplaced(this.#found, log, this.#job, (message) => context.warn(message));
    this.#records = new BatchRecords({ ...this.#parts, job: this.#job, rememberMs, log });
    return this.#found !== null;
  }

  /** What becomes of its batches, once the store is open. */
  get records(): BatchRecords {
    return this.#records as BatchRecords;
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

  /**
   * Writes down where inputs begin of which nothing is known yet, before anybody is told that they have started: what comes from
   * then on is a batch's, also where the process dies before the first one.
   */
  async inputsStarted(): Promise<void> {
    const { batches = [], begun = [] } = this.#found ?? {};
    const known = new Set([...(batches.at(-1)?.progress ?? []), ...begun].map(([stream]) => stream));
    // One that has no position yet begins anywhere.
    const progress = this.#parts.inputs.progress().filter(([, saved]) => saved !== null && saved !== undefined);
    if (progress.some(([stream]) => !known.has(stream))) await this.#job.begun(progress);
  }

  /** Puts everything back to where the run before has left it. */
  async restore(session: BackendSession): Promise<Resumption> {
    const { planner, inputs, accumulators } = this.#parts;
    const found = this.#found as Found;
    const { meta, batches, done, failed, skipped } = found;
    const { grid } = planner;
    grid.zeroTime = meta.zeroTime;
    for (const { from, to } of skipped) planner.skip(from, to);
    accumulators.set(found.sums);
    const open = batches.find(({ time, empty }) => !done.has(time) && empty !== true);
    this.log?.wasOver(open === undefined ? (batches.at(-1)?.time ?? meta.zeroTime) : open.time - 1);
    await inputs.restore(found, new Map(meta.nodes.map(({ name, sinceMs }) => [name, sinceMs])));
    for (const { time, empty } of batches) if (done.has(time) || empty) grid.note(time);
    // A batch that could not be planned is over before the ones that still run: what these look at is theirs to compute.
    const lastOver =
      batches.findLast(({ time }) => done.has(time) && (open === undefined || time < open.time))?.time ?? meta.zeroTime;
    const last = batches.at(-1) ?? { time: meta.zeroTime, intervalMs: meta.batchIntervalMs };
    this.#restorePlaces(batches.filter(({ time, empty }) => !done.has(time) && empty !== true));
    const left = this.records.restore(found, lastOver, last.time);
    for (const time of failed) planner.failed(time);
    await this.#convertStates();
    await this.#guard.all(session);
    return {
      ...left,
      zeroTime: meta.zeroTime,
      lastTime: Math.max(last.time, ...skipped.map(({ to }) => to)),
      lastOver,
      lastIntervalMs: last.intervalMs,
    };
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

  /** Has states lie where the run before has left them, and where batches have them that it has planned. */
  #restorePlaces(pending: Found['batches']): void {
    const stood = this.#parts.stateful.flatMap(({ name }) => {
      const table = this.#job.stood(name)?.table;
      return table === undefined ? [] : [[name, table] as const];
    });
    this.#parts.placements.restore(stood, pending);
  }

  /** Brings stored state into the form that the operators of this run keep it in. */
  async #convertStates(): Promise<void> {
    for (const { name, params } of this.#parts.stateful) {
      const stood = this.#job.stood(name);
      if (stood === null) continue;
      const timed = typeof params.timeoutMs === 'number';
      await convertState(this.#job.store, { node: name, ...stood, stored: params.stored === true, timed });
    }
  }

  async #restoreStates(session: BackendSession, wanted: (partition: number) => boolean): Promise<void> {
    const { stateful, planner } = this.#parts;
    const states: RestoredState[] = [];
    for (const { name, params } of stateful) {
      const stood = this.#job.stood(name);
      if (stood === null) continue;
      this.records.notePartitions(name, stood.partitions);
      planner.noteStateOf(name);
      planner.commitState(name, stood.time);
      // Slots ask the store for what they need of it.
      if (params.stored === true) continue;
      for (let p = 0; p < stood.partitions; p++) if (wanted(p)) states.push(this.#job.stateOf(name, p, stood.time));
    }
    if (states.length > 0) await session.restoreState(states);
  }
}
