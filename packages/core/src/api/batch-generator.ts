import type { BatchPlanner } from '../lineage/batch-planner.ts';
import type { RddNode } from '../lineage/rdd-node.ts';
import type { PlanNode } from '../plan/node.ts';
import type { Plan } from '../plan/plan.ts';
import type { Replay } from '../replay/replay.ts';
import { Batch, type OutputJob } from '../schedule/batch.ts';
import type { BatchRecords } from './batch-records.ts';
import type { BroadcastRegistry } from './broadcast.ts';
import type { JobInputs } from './job-inputs.ts';
import type { JoinChoices } from './join-choices.ts';

/** What batches are made of. */
export interface GeneratorParts {
  readonly plan: Plan;
  /** Inputs that outputs depend on. */
  readonly sources: readonly PlanNode[];
  readonly planner: BatchPlanner;
  readonly inputs: JobInputs;
  readonly broadcasts: BroadcastRegistry;
  /** Nodes with state that outputs depend on, inputs first. */
  readonly stateful: readonly PlanNode[];
  readonly joins: JoinChoices;
  /** What is written down of batches, once the job has started; null without a checkpoint. */
  readonly records: () => BatchRecords | null;
  readonly replay: Replay | null;
}

/** Makes the batch of a time: what its outputs and its states are to compute, and of which input. */
export class BatchGenerator {
  readonly #parts: GeneratorParts;
  /** Broadcast versions of the batches that were generated and have not ended. */
  readonly #pinned = new Map<number, ReadonlyMap<string, number>>();
  /** Time of the batch before. */
  lastTime = 0;
  #intervalMs = 0;

  constructor(parts: GeneratorParts) {
    this.#parts = parts;
  }

  /** @throws what `transform` and inputs throw; what is left of the batch then is in the planner, for windows */
  generate(time: number, submissionTime: number): Batch {
    const { planner, inputs, broadcasts, plan, replay, joins } = this.#parts;
    const records = this.#parts.records();
    const versions = broadcasts.pin(records?.versionsOf(time));
    const intervalMs = time - this.lastTime;
    this.lastTime = time;
    this.#intervalMs = intervalMs;
    planner.grid.note(time);
    try {
      inputs.allocate(time);
      this.#ask(time);
      const planned: OutputJob[] = [];
      if (replay !== null) {
        const metadata = { Description: 'dead letters' };
        inputs.infos.report(time, { inputStreamId: 0, numRecords: replay.lettersAt(time), metadata });
        replay.prepare(time, planner);
      }
      for (const output of replay?.outputsAt(time) ?? plan.outputs) {
        if (!planner.isValid(output, time)) continue;
        const rdd = planner.rdd(output, time);
        if (rdd !== null) planned.push({ output, rdd });
      }
      const advances = this.#advances(time);
      planner.keepShared(
        planned.map((job) => job.rdd),
        time,
        advances,
      );
      const batch = new Batch({
        time,
        intervalMs,
        jobs: planned,
        advances,
        inputs: inputs.infos.get(time),
        broadcasts: versions,
        submissionTime,
        ...(records === null ? {} : { plans: records.splitsOf(time) }),
      });
      records?.noteStates(advances);
      const empty = planned.length === 0 && advances.length === 0;
      const choices = joins.takeFresh();
      records?.planned(time, intervalMs, versions, empty, choices);
      if (empty) broadcasts.unpin(versions);
      else this.#pinned.set(time, versions);
      return batch;
    } catch (e) {
      broadcasts.unpin(versions);
      throw e;
    }
  }

  /** Has what the last batch would have read be written down, though it could not be planned: windows look back to it. */
  unplanned(time: number): void {
    const { broadcasts, joins } = this.#parts;
    const records = this.#parts.records();
    const versions = broadcasts.pin(records?.versionsOf(time));
    const choices = joins.takeFresh();
    try {
      records?.planned(time, this.#intervalMs, versions, false, choices);
    } finally {
      broadcasts.unpin(versions);
    }
  }

  /**
   * Asks all inputs for their batch, also where a window will read it only later: an input is asked for a time when it is its turn.
   * One that fails has an empty batch, so that the others do not lose theirs.
   */
  #ask(time: number): void {
    const { planner, sources, inputs } = this.#parts;
    let failure: { readonly reason: unknown } | null = null;
    for (const node of sources) {
      if (!planner.isValid(node, time)) continue;
      try {
        planner.rdd(node, time);
      } catch (reason) {
        failure ??= { reason };
        planner.seed(node, time, inputs.missing(node, planner.scope(node, time), time));
      }
    }
    if (failure !== null) throw failure.reason;
  }

  /** Batches up to a time are over. */
  forget(time: number): void {
    for (const [batchTime, versions] of this.#pinned) {
      if (batchTime > time) continue;
      this.#pinned.delete(batchTime);
      this.#parts.broadcasts.unpin(versions);
    }
  }

  /**
   * What must be computed at a time whoever asks for it. A window that slides further than its input asks for several
   * batches of the past at once; state has gone on by then, so its output is kept for as long as somebody looks back.
   */
  #advances(time: number): RddNode[] {
    const { planner, stateful } = this.#parts;
    const out: RddNode[] = [];
    for (const node of stateful) {
      if (!planner.isValid(node, time)) continue;
      const rdd = planner.rdd(node, time);
      if (rdd === null) continue;
      const remember = planner.rememberOf(node);
      const looksBack = remember > planner.grid.longestSlide(node);
      if (looksBack) planner.keep(rdd, time + remember);
      if (looksBack || node.operator.stateLogic !== undefined) out.push(rdd);
    }
    return out;
  }
}
