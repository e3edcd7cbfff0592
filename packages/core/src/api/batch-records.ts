import type { BackendSession } from '../backend/contract.ts';
import type { Found, JobCheckpoint } from '../checkpoint/job-checkpoint.ts';
import { isHome } from '../data/bucket-table.ts';
import type { RddNode } from '../lineage/rdd-node.ts';
import type { StageGraph } from '../lineage/stage-graph.ts';
import type { ReceivedLog } from '../receiver/received-log.ts';
import type { Batch } from '../schedule/batch.ts';
import type { JoinChoice } from '../skew/broadcast-choice.ts';
import { SPLIT_RULES, type SplitPlans } from '../skew/split-plans.ts';
import { EarlyInputs } from './early-inputs.ts';
import { isoTime } from './resume.ts';
import type { Resumption, RunCheckpointParts } from './run-checkpoint.ts';
import { StateSaves } from './state-saves.ts';
import { type SavedVersions, StoredBroadcasts } from './stored-broadcasts.ts';
import { StoredInputs } from './stored-inputs.ts';
import { StoredOutputs } from './stored-outputs.ts';
import { StoredSplits } from './stored-splits.ts';

/** What the records of a run's batches are made of. */
export interface BatchRecordParts extends Omit<RunCheckpointParts, 'fail'> {
  readonly job: JobCheckpoint;
  /** How long a batch is remembered after it is over, in ms. */
  readonly rememberMs: number;
  /** Where what receivers store is safe; null without receivers, or without a log. */
  readonly log: ReceivedLog | null;
}

/** So many batches to catch up with are worth a word. */
const MANY_MISSED = 20;

/** The records of a run's batches: what each has read, written down before it runs, and what it leaves behind when it is over. */
export class BatchRecords {
  readonly #parts: BatchRecordParts;
  readonly #job: JobCheckpoint;
  readonly #rememberMs: number;
  readonly #storedInputs: StoredInputs;
  readonly #storedOutputs: StoredOutputs;
  readonly #early: EarlyInputs;
  readonly #broadcasts: StoredBroadcasts;
  readonly #saves: StateSaves;
  readonly #splits: StoredSplits;
  /** Batches whose record is being written. */
  readonly #planned = new Map<number, Promise<void>>();
  /** Partitions of each node's state. */
  readonly #partitions = new Map<string, number>();
  /** Versions that batches of the run before have seen. */
  readonly #versions = new Map<number, SavedVersions>();

  constructor(parts: BatchRecordParts) {
    const { job, context, planner, inputs, broadcasts } = parts;
    this.#parts = parts;
    this.#job = job;
    this.#rememberMs = parts.rememberMs;
    this.#storedInputs = new StoredInputs(job, planner);
    this.#storedOutputs = new StoredOutputs(job, planner);
    this.#early = new EarlyInputs(context.plan, planner);
    this.#broadcasts = new StoredBroadcasts(broadcasts, (message) => context.warn(message));
    this.#splits = new StoredSplits(job);
    this.#saves = new StateSaves((node) => job.sweepOf(node), context.plan.outputs.length);
    inputs.collect((stream, time) => this.#storedInputs.batch(stream, time));
  }

  /** Goes on where the run before has stopped. @param lastOver its last batch that is over, as are all before it */
  restore(
    { batches, done, computed }: Found,
    lastOver: number,
    lastTime: number,
  ): Pick<Resumption, 'pending' | 'early'> {
    for (const { time } of batches) this.#job.remember(time, time + this.#rememberMs);
    this.#storedInputs.found();
    const over = batches.filter(({ time, empty }) => done.has(time) || empty === true).map(({ time }) => time);
    this.#storedOutputs.restore(this.#parts.stateful, over);
    for (const { time, broadcasts } of batches) this.#versions.set(time, broadcasts);
    for (const key of this.#broadcasts.restore(this.#job.store))
      this.#job.expire(lastTime + this.#rememberMs, { kind: 'delete', key });
    const pending = batches.filter(({ time, empty }) => !done.has(time) && !empty);
    // Their records are there; writing them again would say the same.
    for (const { time } of pending) this.#planned.set(time, Promise.resolve());
    this.#early.restore(computed, lastOver);
    this.#splits.restore(pending.flatMap(({ time, splitRules }) => (splitRules === SPLIT_RULES ? [] : [time])));
    for (const { joins = [] } of batches) this.#parts.joins.restore(joins);
    return {
      pending: pending.map(({ time, intervalMs }) => [time, intervalMs]),
      early: [...this.#early.toComputeAgain(computed, lastOver)],
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
   * @param joins how joins were planned since the batch before
   */
  planned(
    time: number,
    intervalMs: number,
    versions: ReadonlyMap<string, number>,
    empty: boolean,
    joins: readonly JoinChoice[],
  ): void {
    if (this.#planned.has(time)) return;
    const { inputs, log, placements } = this.#parts;
    const tables = placements.recordOf(time);
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
      splitRules: SPLIT_RULES,
      ...(joins.length === 0 ? {} : { joins }),
      ...(tables.length === 0 ? {} : { tables }),
      ...(log === null ? {} : { log: log.newestRecord }),
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

  /** Where the plans for split keys of a batch are kept. */
  splitsOf(time: number): SplitPlans {
    return this.#splits.of(time);
  }

  /** Resolves when what a batch will read is written down. @throws what the store throws */
  async whenPlanned(time: number): Promise<void> {
    await this.#planned.get(time);
  }

  /** Writes down that a batch has completed, with all that it leaves behind. @throws what the store throws, SlotLost */
  async completed(batch: Batch, session: BackendSession): Promise<void> {
    const { accumulators } = this.#parts;
    const { time } = batch;
    const { placements } = this.#parts;
    const stood = [...batch.states].map((node) => {
      const table = placements.tableAt(node, time);
      return [node, this.#partitions.get(node) as number, table === null || isHome(table) ? null : table] as const;
    });
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
    this.#splits.over(time);
    for (const planned of this.#planned.keys()) if (planned <= time) this.#planned.delete(planned);
    if (this.#versions.size === 0) return;
    for (const seen of this.#versions.keys()) if (seen <= time) this.#versions.delete(seen);
    if (this.#versions.size === 0) this.#parts.broadcasts.tidy();
  }

  /** Books how many partitions the states of a batch's lineage have. */
  noteStates(roots: readonly RddNode[]): void {
    for (const rdd of roots) if (rdd.op.kind === 'state') this.notePartitions(rdd.op.node, rdd.numPartitions);
  }

  /** Books how many partitions a node's state has. */
  notePartitions(node: string, partitions: number): void {
    this.#partitions.set(node, partitions);
  }

  /** A graph has run: what it did to state may be asked for now. */
  ran(graph: StageGraph, session: BackendSession): void {
    this.#saves.ran(graph, session);
  }
}
