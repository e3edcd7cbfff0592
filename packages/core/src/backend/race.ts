import type { Assignment } from './task-attempt.ts';

/** Tasks on their way to a slot, or at work there. */
export interface Running {
  readonly slot: number;
  /** By the steady clock, in ms. */
  readonly began: number;
  readonly items: readonly Assignment[];
  /** Of the only task, if that may be copied; null for tasks that are where they have to be. */
  readonly race: Race | null;
  readonly isCopy: boolean;
  readonly stop: AbortController;
}

/** A task that may run in several slots at once: the first attempt that finishes counts. */
export class Race {
  /** The task, with the failures of all its attempts so far. */
  item: Assignment;
  /** False once an attempt has counted, or the task is not wanted any more: what still runs is stopped then, and ignored. */
  isOpen = true;
  readonly #attempts = new Set<Running>();

  constructor(item: Assignment) {
    this.item = item;
  }

  /** Whether the task runs in two slots now. */
  get hasCopy(): boolean {
    return this.#attempts.size > 1;
  }

  begins(attempt: Running): void {
    this.#attempts.add(attempt);
  }

  ends(attempt: Running): void {
    this.#attempts.delete(attempt);
  }

  /** An attempt counts: the others are stopped. */
  wonBy(winner: Running): void {
    this.isOpen = false;
    for (const attempt of this.#attempts) if (attempt !== winner) attempt.stop.abort();
  }

  /** Nobody wants the task any more: all attempts are stopped. */
  callOff(): void {
    this.isOpen = false;
    for (const attempt of this.#attempts) attempt.stop.abort();
  }
}
