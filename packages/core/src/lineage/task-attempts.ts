import type { Handle, Kept } from './rdd-node.ts';

/** Counts of what happened to tasks besides that they ran. */
interface Figures {
  retried: number;
  timedOut: number;
  speculative: number;
  speculativeWon: number;
}

/** What happened to the tasks of a batch besides that they ran. Grows while its graphs run. */
export class TaskAttempts {
  readonly #figures: Figures;
  /** Partitions that were kept since the batch began to run. */
  #kept: { readonly kept: Kept; readonly partition: number; readonly handle: Handle }[] = [];

  /** @param batch the batch's own, for those of one action: its figures are the batch's, what it keeps is not until `takeOver` */
  constructor(batch?: TaskAttempts) {
    this.#figures =
      batch === undefined ? { retried: 0, timedOut: 0, speculative: 0, speculativeWon: 0 } : batch.#figures;
  }

  /** Attempts after the first, of tasks that threw or ran out of time. */
  get retried(): number {
    return this.#figures.retried;
  }

  set retried(count: number) {
    this.#figures.retried = count;
  }

  /** Attempts that ran longer than `taskTimeout`. */
  get timedOut(): number {
    return this.#figures.timedOut;
  }

  set timedOut(count: number) {
    this.#figures.timedOut = count;
  }

  /** Copies of stragglers that were started. */
  get speculative(): number {
    return this.#figures.speculative;
  }

  set speculative(count: number) {
    this.#figures.speculative = count;
  }

  /** Copies that finished before the task that they were copies of. */
  get speculativeWon(): number {
    return this.#figures.speculativeWon;
  }

  set speculativeWon(count: number) {
    this.#figures.speculativeWon = count;
  }

  /** An action has ended well: what it kept is the batch's. */
  takeOver(action: TaskAttempts): void {
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
