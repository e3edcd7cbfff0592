import { single } from '@millrace/backend-single';
import { Engine } from '@millrace/bench';
import type { BatchTaskInfo } from '@millrace/core';
import type { Skewed } from '../jobs/skewed.job.ts';

const JOB = new URL('../jobs/skewed.job.ts', import.meta.url);

/** Records of a batch. */
export type Pairs = [string, number][];

/** What was measured of a batch. */
export interface CellBatch {
  readonly ms: number;
  /** What the processor worked on it, with what collects garbage beside it: other programs do not add to it. */
  readonly cpuMs: number;
  readonly tasks: BatchTaskInfo;
}

/** A job of one operator and strategy, batch by batch on one thread: its tasks run one after the other, and none of them slows another one down. */
export class Cell {
  readonly #engine: Engine<[string, number]>;
  #tasks: BatchTaskInfo | null = null;

  private constructor(engine: Engine<[string, number]>) {
    this.#engine = engine;
    engine.ssc.addStreamingListener({
      onBatchCompleted: ({ batchInfo }) => {
        this.#tasks = batchInfo.tasks;
      },
    });
  }

  /** @param serialize whether records are encoded for the shuffle, as they are between threads: only then bytes are known */
  static async open(params: Skewed, { serialize = false }: { readonly serialize?: boolean } = {}): Promise<Cell> {
    return new Cell(await Engine.open({ job: JOB, backend: single({ serialize }), params, delivery: 'count' }));
  }

  async batch(pairs: Pairs): Promise<CellBatch> {
    globalThis.gc?.({ type: 'minor', execution: 'sync' });
    const [from, cpu] = [performance.now(), process.cpuUsage()];
    await this.#engine.batch(pairs);
    const ms = performance.now() - from;
    const { user, system } = process.cpuUsage(cpu);
    return { ms, cpuMs: (user + system) / 1000, tasks: this.#tasks as BatchTaskInfo };
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}
