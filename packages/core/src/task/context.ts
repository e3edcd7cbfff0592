import { AsyncLocalStorage } from 'node:async_hooks';

/** What user functions of a task can reach besides their arguments. */
export interface ActiveTask {
  /** Batch time in ms. */
  readonly time: number;
  readonly partition: number;
  /** The value of a broadcast variable in the version that the batch was planned with. */
  broadcast(name: string): unknown;
  /** Sums of this attempt, by accumulator name. Applied only if the attempt counts. */
  readonly accumulated: Map<string, unknown>;
}

let active: ActiveTask | null = null;

/** Follows an async user function over its awaits, where `active` may be another task's or none. */
const following = new AsyncLocalStorage<ActiveTask>();

/** The task whose user code is running in this thread right now; null on the driver outside of tasks. */
export function activeTask(): ActiveTask | null {
  return active ?? following.getStore() ?? null;
}

/** Calls a user's function that may be async and still belongs to the active task after its awaits. */
export function followTask<R>(f: () => R): R {
  return active === null ? f() : following.run(active, f);
}

/**
 * Makes a task the active one. Tasks of one thread interleave only between slices, so whoever resumes a task's generator
 * brackets each slice with this.
 */
export function enterTask(task: ActiveTask | null): void {
  active = task;
}
