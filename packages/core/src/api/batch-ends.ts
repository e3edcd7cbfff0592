import type { BackendSession } from '../backend/contract.ts';
import { againWhenLost } from '../lineage/action-runner.ts';
import type { BatchPlanner } from '../lineage/batch-planner.ts';
import type { Batch } from '../schedule/batch.ts';
import type { AccumulatorRegistry } from './accumulator.ts';
import type { BatchGenerator } from './batch-generator.ts';
import type { BatchRecords } from './batch-records.ts';
import type { JoinChoices } from './join-choices.ts';
import type { OutputRunner } from './output-runner.ts';
import type { StateReads } from './state-reads.ts';

/** What the end of a batch concerns. */
export interface BatchEndParts {
  readonly planner: BatchPlanner;
  readonly generator: BatchGenerator;
  readonly stateReads: StateReads;
  readonly accumulators: AccumulatorRegistry;
  readonly joins: JoinChoices;
  /** What is written down of batches, once the job has started; null without a records. */
  readonly records: () => BatchRecords | null;
  /** There once the job has started. */
  readonly outputs: () => OutputRunner;
  readonly session: () => BackendSession;
}

/** How batches end: all of one counts, or nothing that it has computed from state. In order of time, where something is stored. */
export class BatchEnds {
  readonly #parts: BatchEndParts;

  constructor(parts: BatchEndParts) {
    this.#parts = parts;
  }

  /** All outputs have run: brings state up to the batch, writes down that it is over, and has it count. */
  async commit(batch: Batch, earlier: readonly Batch[]): Promise<void> {
    const { planner, stateReads, accumulators, outputs, session } = this.#parts;
    const records = this.#parts.records();
    if (records === null) {
      await outputs().advance(batch, earlier);
      await outputs().deadLetters(batch, earlier);
    } else {
      await records.whenPlanned(batch.time);
      // Commits are in the order of time: a store that has a batch has the ones before.
      await Promise.all(earlier.map((b) => b.done));
      let again = false;
      await againWhenLost(async () => {
        await outputs().advance(batch, earlier, again);
        again = true;
        await outputs().deadLetters(batch, earlier);
        await records.completed(batch, session());
      });
    }
    await stateReads.commit(() => {
      if (records === null) accumulators.apply(batch.sum());
      for (const state of batch.states) planner.commitState(state, batch.time);
      batch.committed = true;
      this.#parts.joins.measured(batch.time, batch.stages);
    });
  }

  /** It has failed for good, and later ones go on. */
  async failed(batch: Batch, reason: unknown, earlier: readonly Batch[]): Promise<void> {
    this.#parts.planner.failed(batch.time);
    // As commits are: a store that knows how a batch ended knows it of the ones before.
    await Promise.all(earlier.map((b) => b.done));
    await this.#parts.records()?.failed(batch, String(reason));
  }

  /** What had to be waited for has failed: there is no batch at this time. */
  async unprepared(time: number): Promise<void> {
    this.#parts.planner.skip(time, time);
    await this.#parts.records()?.leaveOut(time);
  }

  /** It could not be planned: it has failed before any of it has run. */
  async unplanned(time: number, reason: unknown): Promise<void> {
    const { planner, generator } = this.#parts;
    const records = this.#parts.records();
    planner.failed(time);
    generator.unplanned(time);
    await records?.whenPlanned(time);
    await records?.failed({ time }, String(reason));
  }
}
