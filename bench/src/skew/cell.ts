import { Engine } from '@millrace/bench';
import type { BatchTaskInfo, ExecutionBackend } from '@millrace/core';
import { zipfRanks } from '../data/zipf.ts';
import type { Skewed } from '../jobs/skewed.job.ts';

const JOB = new URL('../jobs/skewed.job.ts', import.meta.url);

/** What was measured of a batch. */
export interface CellBatch {
  readonly ms: number;
  readonly tasks: BatchTaskInfo;
}

/** Pairs whose keys are drawn by Zipf's law. */
export function zipfPairs(records: number, keys: number, s: number): [string, number][] {
  const rank = zipfRanks(keys, s, 1);
  return Array.from({ length: records }, (_, i) => [`user-${rank()}`, i]);
}

/** A job of one operator and strategy, that is given the same batch again and again. */
export class Cell {
  readonly #engine: Engine<[string, number]>;
  readonly #pairs: [string, number][];
  #tasks: BatchTaskInfo | null = null;

  private constructor(engine: Engine<[string, number]>, pairs: [string, number][]) {
    this.#engine = engine;
    this.#pairs = pairs;
    engine.ssc.addStreamingListener({
      onBatchCompleted: ({ batchInfo }) => {
        this.#tasks = batchInfo.tasks;
      },
    });
  }

  static async open(backend: ExecutionBackend, params: Skewed, pairs: [string, number][]): Promise<Cell> {
    return new Cell(await Engine.open({ job: JOB, backend, params, delivery: 'count' }), pairs);
  }

  async batch(): Promise<CellBatch> {
    globalThis.gc?.({ type: 'minor', execution: 'sync' });
    const from = performance.now();
    await this.#engine.batch(this.#pairs);
    const ms = performance.now() - from;
    return { ms, tasks: this.#tasks as BatchTaskInfo };
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}
