import { type TaskStop, TaskStopped } from '@millrace/core/backend';

const MESSAGE = 0;
const TASK = 1;
const STOP_MESSAGE = 2;
const STOP_TASK = 3;
const CELLS = 4;

/**
 * What a worker and the driver tell each other while a task runs, in shared memory: a worker in a loop answers no message.
 * The worker says which task of which message runs, by two numbers that cost next to nothing; the driver says which one is
 * to stop. Tasks are counted from 1, so that 0 means none.
 */
export class SlotProgress {
  readonly cells: Int32Array<SharedArrayBuffer>;

  constructor(cells = new Int32Array(new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT))) {
    this.cells = cells;
  }

  // ---- the worker's part ---------------------------------------------------------------------------------------------

  /** The tasks of a message come. */
  beginMessage(message: number): void {
    Atomics.store(this.cells, TASK, 0);
    Atomics.store(this.cells, MESSAGE, message);
  }

  /** A task of it runs. @returns how to hear that it is to stop */
  beginTask(message: number, task: number): TaskStop {
    Atomics.store(this.cells, TASK, task);
    return new SharedStop(this.cells, message, task);
  }

  /** No task runs. */
  endMessage(): void {
    Atomics.store(this.cells, TASK, 0);
  }

  // ---- the driver's part ---------------------------------------------------------------------------------------------

  /** Which task of a message runs; 0 if none does. */
  runningOf(message: number): number {
    return Atomics.load(this.cells, MESSAGE) === message ? Atomics.load(this.cells, TASK) : 0;
  }

  askToStop(message: number, task: number): void {
    Atomics.store(this.cells, STOP_TASK, task);
    Atomics.store(this.cells, STOP_MESSAGE, message);
    Atomics.notify(this.cells, STOP_MESSAGE);
  }
}

class SharedStop implements TaskStop {
  readonly #cells: Int32Array<SharedArrayBuffer>;
  readonly #message: number;
  readonly #task: number;

  constructor(cells: Int32Array<SharedArrayBuffer>, message: number, task: number) {
    this.#cells = cells;
    this.#message = message;
    this.#task = task;
  }

  get asked(): boolean {
    return (
      Atomics.load(this.#cells, STOP_MESSAGE) === this.#message && Atomics.load(this.#cells, STOP_TASK) === this.#task
    );
  }

  async race<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => true,
      () => true,
    );
    for (;;) {
      const seen = Atomics.load(this.#cells, STOP_MESSAGE);
      if (this.asked) throw new TaskStopped();
      const wait = Atomics.waitAsync(this.#cells, STOP_MESSAGE, seen);
      if (!wait.async) continue;
      if (await Promise.race([settled, wait.value.then(() => false)])) {
        // Ends the wait, which would stay for ever: nobody else waits here.
        Atomics.notify(this.#cells, STOP_MESSAGE);
        return work;
      }
    }
  }
}
