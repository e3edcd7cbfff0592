import type { Clock } from '../schedule/clock.ts';
import { after } from '../schedule/delay.ts';

/** Why a task ends before its time: who drives it was told so. What it has done counts for nothing. */
export class TaskStopped extends Error {
  constructor() {
    super('the task was stopped');
    this.name = 'TaskStopped';
  }
}

/** How who drives a task hears that it is to end. */
export interface TaskStop {
  /** Looked at between slices. */
  readonly asked: boolean;
  /** What the task waits for. @throws TaskStopped if it is to end before that is there */
  race<T>(work: Promise<T>): Promise<T>;
}

/** Ends a task that runs longer than so many milliseconds, from now on. */
export class Deadline implements TaskStop {
  readonly #clock: Clock;
  readonly #end: number;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#end = clock.elapsed() + limitMs;
  }

  get asked(): boolean {
    return this.#clock.elapsed() > this.#end;
  }

  async race<T>(work: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const rest = Math.max(1, Math.ceil(this.#end - this.#clock.elapsed()));
    const cancel = after(this.#clock, rest, () => late.reject(new TaskStopped()));
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      cancel();
    }
  }
}
