import { after, type Clock, type SlotStop } from '@millrace/core/backend';
import type { SlotProgress } from './slot-progress.ts';

/** How long a task that was asked to stop may take until its next slice; then its worker is replaced. */
const GRACE_MS = 500;

/** The longest time between two looks at what a worker does. */
const LOOK_MS = 1000;

/** Watches the tasks of one message in a worker: each may take so long, and one that nobody wants any more is stopped. */
export class TaskWatch {
  /** The task for which the worker was given up, from 1; 0 if it was not, or not because of its time. */
  overdue = 0;
  readonly #clock: Clock;
  readonly #progress: SlotProgress;
  readonly #message: number;
  readonly #timeoutMs: number | null;
  readonly #stop: SlotStop | undefined;
  readonly #replace = new AbortController();
  /** What ran at the last look, and since when. */
  #task = 0;
  #since: number;
  #cancel = () => {};
  #over = false;

  constructor(
    clock: Clock,
    progress: SlotProgress,
    message: number,
    timeoutMs: number | null,
    stop: SlotStop | undefined,
  ) {
    this.#clock = clock;
    this.#progress = progress;
    this.#message = message;
    this.#timeoutMs = timeoutMs;
    this.#stop = stop;
    this.#since = clock.elapsed();
    stop?.signal.addEventListener('abort', this.#onStop, { once: true });
    this.#look();
  }

  /** Aborted when the worker is to be replaced. */
  get signal(): AbortSignal {
    return this.#replace.signal;
  }

  end(): void {
    this.#over = true;
    this.#cancel();
    this.#stop?.signal.removeEventListener('abort', this.#onStop);
  }

  #look(): void {
    const limit = this.#timeoutMs;
    if (limit === null || this.#over) return;
    this.#cancel = after(this.#clock, Math.max(1, Math.min(LOOK_MS, limit / 4)), () => {
      const task = this.#progress.runningOf(this.#message);
      const now = this.#clock.elapsed();
      if (task !== this.#task) {
        this.#task = task;
        this.#since = now;
      } else if (task > 0 && now - this.#since >= limit) {
        this.#end(task, () => {
          this.overdue = task;
          return true;
        });
        return;
      }
      this.#look();
    });
  }

  readonly #onStop = () => {
    this.#cancel();
    // A request that can be stopped has one task, which may not have begun.
    this.#end(1, () => (this.#stop as SlotStop).mayReplace());
  };

  /** Asks a task to stop. @param replace asked when it has not: whether its worker is to be replaced */
  #end(task: number, replace: () => boolean): void {
    this.#progress.askToStop(this.#message, task);
    this.#cancel = after(this.#clock, GRACE_MS, () => {
      if (this.#over) return;
      const running = this.#progress.runningOf(this.#message);
      if (running === task && replace()) this.#replace.abort();
      else if (running === 0 && this.#stop?.signal.aborted === true) this.#end(task, replace);
      else this.#look();
    });
  }
}
