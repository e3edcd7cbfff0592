import type { Clock } from './clock.ts';

/**
 * Turns the clock into batch times: one callback for each due time of the grid, none skipped, however late the clock
 * wakes it (R118).
 */
export class BatchTicker {
  readonly #clock: Clock;
  readonly #period: number;
  readonly #onTick: (time: number) => void;
  #next = 0;
  #last: number | null = null;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, periodMs: number, onTick: (time: number) => void) {
    this.#clock = clock;
    this.#period = periodMs;
    this.#onTick = onTick;
  }

  /** Begins; the first tick is at `first` ms. */
  start(first: number): void {
    this.#next = first;
    this.#fire();
  }

  /** Ends. Returns the last time that ticked, null if none did. */
  stop(): number | null {
    this.#cancel?.();
    this.#cancel = null;
    this.#next = Number.POSITIVE_INFINITY;
    return this.#last;
  }

  #fire = (): void => {
    const now = this.#clock.now();
    while (this.#next <= now) {
      this.#last = this.#next;
      this.#next += this.#period;
      this.#onTick(this.#last);
    }
    if (Number.isFinite(this.#next)) this.#cancel = this.#clock.at(this.#next, this.#fire);
  };
}
