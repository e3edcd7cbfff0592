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

  /** Books a partition that a task keeps. */
  keeps(kept: Kept, partition: number, handle: Handle): void {
    kept.handles[partition] = handle;
    this.#kept.push({ kept, partition, handle });
  }

  /** Has them computed anew by whoever asks next. @returns what can be released */
  takeKept(): Handle[] {
    const taken = this.#kept;
    this.#kept = [];
    for (const { kept, partition, handle } of taken)
      if (kept.handles[partition] === handle) kept.handles[partition] = null;
    return taken.map(({ handle }) => handle);
  }
}
