import type { Dice } from './dice.ts';

/**
 * Whose turn it is in one life of the job. Whatever may happen at once comes to `step` and waits; one after the other goes on, in an
 * order that the dice choose. When the job dies, whoever comes to a step, or waits at one, stays there for ever: nothing
 * that the job still does has an effect.
 */
export class Turns {
  readonly #dice: Dice;
  readonly #death = Promise.withResolvers<void>();
  #waiting: (() => void)[] = [];
  #scheduled = false;
  #left = Number.POSITIVE_INFINITY;
  #only = '';
  /** At which step the job died; null while it lives. */
  diedAt: string | null = null;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  get dead(): boolean {
    return this.diedAt !== null;
  }

  /** Resolves when the job dies. */
  get death(): Promise<void> {
    return this.#death.promise;
  }

  /** The job dies at the n-th step from now whose name begins with `only`, unless that was said before. */
  dieIn(steps: number, only: string): void {
    if (this.#left !== Number.POSITIVE_INFINITY) return;
    this.#left = steps;
    this.#only = only;
  }

  die(where: string): void {
    if (this.dead) return;
    this.diedAt = where;
    this.#waiting = [];
    this.#death.resolve();
  }

  /** Something is about to happen, or has. Resolves when it is its turn. */
  step(what: string): Promise<void> {
    if (!this.dead && what.startsWith(this.#only) && --this.#left <= 0) this.die(what);
    // A promise of its own: one that all share would keep all that wait for it.
    if (this.dead) return new Promise(() => {});
    if (this.#dice.chance(0.3)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#next();
    });
  }

  /** For whoever has waited for something else than a step: goes on only if the job lives. */
  async stillAlive(): Promise<void> {
    if (this.dead) await new Promise(() => {});
  }

  #next(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.dead || this.#waiting.length === 0) return;
      const [resolve] = this.#waiting.splice(this.#dice.int(0, this.#waiting.length - 1), 1);
      resolve();
      if (this.#waiting.length > 0) this.#next();
    });
  }
}
