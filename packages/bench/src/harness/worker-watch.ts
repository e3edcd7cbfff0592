import type { Worker } from 'node:worker_threads';

/** Knows the worker threads that this process starts, in order to end one as a crash would: at any point of what it does. */
export class WorkerWatch {
  readonly #alive = new Set<Worker>();
  readonly #began = (worker: Worker) => {
    this.#alive.add(worker);
    worker.once('exit', () => this.#alive.delete(worker));
  };

  /** Begins to watch: workers that are there already are none of its own. */
  constructor() {
    process.on('worker', this.#began);
  }

  /** Terminates the oldest one. @returns its exit code, when it is gone @throws Error where there is none */
  async killOne(): Promise<number> {
    const [worker] = this.#alive;
    if (worker === undefined) throw new Error('no worker thread is there to be killed');
    return worker.terminate();
  }

  /** Ends the watch, not the workers. */
  close(): void {
    process.removeListener('worker', this.#began);
  }
}
