import type { Handle, Kept } from './rdd-node.ts';

/** How often what happened to tasks besides that they ran. */
export interface AttemptFigures {
  /** Attempts after the first, of tasks that threw or ran out of time. */
  retried: number;
  /** Attempts that ran longer than `taskTimeout`. */
  timedOut: number;
  /** Copies of stragglers that were started. */
  speculative: number;
  /** Copies that finished before the task that they were copies of. */
  speculativeWon: number;
}

interface KeptPartition {
  readonly kept: Kept;
  readonly partition: number;
  readonly handle: Handle;
  /** Whether it has counted with these attempts, and not with earlier ones. */
  counts: boolean;
}

/** What happened to the tasks of a batch besides that they ran. Grows while its graphs run. */
export class TaskAttempts {
  readonly figures: AttemptFigures;
  /** Partitions that were kept since the batch began to run. */
  #kept: KeptPartition[] = [];

  /** @param batch the batch's own, for those of one action: its figures are the batch's, what it keeps is not until `takeOver` */
  constructor(batch?: TaskAttempts) {
    this.figures = batch?.figures ?? { retried: 0, timedOut: 0, speculative: 0, speculativeWon: 0 };
  }

  /** An action has ended well: what it kept is the batch's. */
  takeOver(action: TaskAttempts): void {
    this.#kept.push(...action.#kept);
  }

  /** What was kept has counted: to compute it again, after its worker died, must not. */
  count(): void {
    for (const each of this.#kept) {
      each.counts = !each.kept.counted[each.partition];
      each.kept.counted[each.partition] = true;
    }
  }

  /** Books a partition that a task keeps. */
  keeps(kept: Kept, partition: number, handle: Handle): void {
    kept.handles[partition] = handle;
    this.#kept.push({ kept, partition, handle, counts: false });
  }

  /** Has them computed anew by whoever asks next. @returns what can be released */
  takeKept(): Handle[] {
    const taken = this.#kept;
    this.#kept = [];
    for (const { kept, partition, handle, counts } of taken) {
      if (counts) kept.counted[partition] = false;
      if (kept.handles[partition] === handle) kept.handles[partition] = null;
    }
    return taken.map(({ handle }) => handle);
  }
}
