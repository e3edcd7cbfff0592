import type { Clock } from './clock.ts';

/**
 * Turns the clock into batch times: one callback for each due time of the grid, none skipped, however late the clock
 * wakes it (R118), and none twice: while a clock that was set back comes to the next time again, nothing ticks. The period may
 * change; the grid of any period runs through the time one period before the first tick.
 */
export class BatchTicker {
  readonly #clock: Clock;
  #period: number;
  /** The time that all periods are counted from. */
  #zero = 0;
  readonly #onTick: (time: number) => void;
  readonly #onSetBack: (byMs: number, next: number) => void;
  #next = 0;
  #last: number | null = null;
  #cancel: (() => void) | null = null;

  /** @param onSetBack told by how much the clock was set back, and the time that it ticks at next */
  constructor(
    clock: Clock,
    periodMs: number,
    onTick: (time: number) => void,
    onSetBack: (byMs: number, next: number) => void = () => {},
  ) {
    this.#clock = clock;
    this.#period = periodMs;
    this.#onTick = onTick;
    this.#onSetBack = onSetBack;
  }

  /** Begins; the first tick is at `first` ms. */
  start(first: number, periodMs: number = this.#period): void {
    this.#period = periodMs;
    this.#next = first;
    this.#zero = first - this.#period;
    this.#fire();
  }

  get period(): number {
    return this.#period;
  }

  /** Goes on with another period: the next tick is at its first multiple after the last tick. */
  setPeriod(periodMs: number): void {
    if (!Number.isFinite(this.#next)) return;
    const last = this.#last ?? this.#zero;
    this.#period = periodMs;
    this.#next = this.nextAfter(last);
    this.#cancel?.();
    this.#fire();
  }

  /** The tick that follows a time. */
  nextAfter(time: number): number {
    return this.#zero + (Math.floor((time - this.#zero) / this.#period) + 1) * this.#period;
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
    if (Number.isFinite(this.#next))
      this.#cancel = this.#clock.at(this.#next, this.#fire, (byMs) => this.#onSetBack(byMs, this.#next));
  };
}
