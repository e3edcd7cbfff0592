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

/** The task whose user code is running in this thread right now; null on the driver outside of tasks. */
export function activeTask(): ActiveTask | null {
  return active;
}

/**
 * Makes a task the active one. Tasks of one thread interleave only between slices, so whoever resumes a task's generator
 * brackets each slice with this.
 */
export function enterTask(task: ActiveTask | null): void {
  active = task;
}
