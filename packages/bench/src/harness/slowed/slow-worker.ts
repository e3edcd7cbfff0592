import { threadId } from 'node:worker_threads';

/** Shared with all workers: whether one of them is slow now, which one, and how long it has slept. */
export type SlowCells = Int32Array<SharedArrayBuffer>;

const IS_ON = 0;
const THREAD = 1;
/** In microseconds: enough for half an hour. */
const SLEPT = 2;
/** Records between two looks at the time. */
const RECORDS = 32;
/** Sleeping for less costs more than it slows. */
const LEAST_MS = 0.5;

/** On the driver: has a worker be slow or not. */
export class SlowSwitch {
  readonly cells: SlowCells = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));

  set on(on: boolean) {
    Atomics.store(this.cells, IS_ON, on ? 1 : 0);
  }

  /** How long the slow worker has slept until now, in ms: how slow it really was. */
  get sleptMs(): number {
    return Atomics.load(this.cells, SLEPT) / 1000;
  }
}

/**
 * In a worker: makes what its tasks do with their records so many times as slow, if this is the slow worker. That is the one that had
 * the first task while it was on, and stays it, so that the same task is fast elsewhere, as beside a slow machine. It sleeps instead of working longer:
 * a slow machine takes nothing from the others.
 */
export class SlowWorker {
  readonly #cells: SlowCells;
  readonly #times: number;
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #isSlow = false;
  #records = 0;
  #began = 0;
  #sleptMs = 0;

  constructor(cells: SlowCells, times: number) {
    this.#cells = cells;
    this.#times = times;
  }

  /** A task begins with its records. The driver, in which tasks run where there are no workers, is never slow. */
  begin(): void {
    this.#isSlow = threadId !== 0 && Atomics.load(this.#cells, IS_ON) === 1 && this.#isThis();
    this.#records = 0;
    this.#began = performance.now();
    this.#sleptMs = 0;
  }

  /** It takes its next record: all that it has done with those before is done. */
  record(): void {
    if (!this.#isSlow || ++this.#records % RECORDS !== 0) return;
    const workedMs = performance.now() - this.#began - this.#sleptMs;
    const owedMs = workedMs * (this.#times - 1) - this.#sleptMs;
    if (owedMs < LEAST_MS) return;
    const from = performance.now();
    Atomics.wait(this.#sleeper, 0, 0, owedMs);
    const sleptMs = performance.now() - from;
    this.#sleptMs += sleptMs;
    Atomics.add(this.#cells, SLEPT, Math.round(sleptMs * 1000));
  }

  #isThis(): boolean {
    const slow = Atomics.compareExchange(this.#cells, THREAD, 0, threadId);
    return slow === 0 || slow === threadId;
  }
}
