import type { Handle, Kept } from './rdd-node.ts';

/** What happened to the tasks of a batch besides that they ran. Grows while its graphs run. */
export class TaskAttempts {
  /** Attempts after the first, of tasks that threw or ran out of time. */
  retried = 0;
  /** Attempts that ran longer than `taskTimeout`. */
  timedOut = 0;
  /** Copies of stragglers that were started. */
  speculative = 0;
  /** Copies that finished before the task that they were copies of. */
  speculativeWon = 0;
  /** Partitions that were kept since the batch began to run. */
  #kept: { readonly kept: Kept; readonly partition: number; readonly handle: Handle }[] = [];

  /** An action has ended, well or not: what happened to its tasks belongs to what happened to these. */
  add(action: TaskAttempts): void {
    this.retried += action.retried;
    this.timedOut += action.timedOut;
    this.speculative += action.speculative;
    this.speculativeWon += action.speculativeWon;
    this.#kept.push(...action.#kept);
  }

  /** What was kept has counted: to compute it again, after its worker died, must not. */
  count(): void {
    for (const { kept, partition } of this.#kept) kept.counted[partition] = true;
  }

  /** Books a partition that a task keeps. */
  keeps(kept: Kept, partition: number, handle: Handle): void {
    kept.handles[partition] = handle;
    this.#kept.push({ kept, partition, handle });
  }

  /** Has them computed anew by whoever asks next. @returns what can be released */
  takeKept(): Handle[] {
    const taken = this.#kept;
    this.#kept = [];
    for (const { kept, partition, handle } of taken) {
      kept.counted[partition] = false;
      if (kept.handles[partition] === handle) kept.handles[partition] = null;
    }
    return taken.map(({ handle }) => handle);
  }
}
