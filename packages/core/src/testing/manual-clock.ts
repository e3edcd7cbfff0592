import { type Clock, SystemClock } from '../schedule/clock.ts';

/** A callback that waits for its time. `order` keeps callbacks of the same time in the order in which they were set. */
interface Alarm {
  readonly time: number;
  readonly order: number;
  readonly callback: () => void;
  readonly onSetBack: (byMs: number) => void;
}

/**
 * Time that stands still until a test moves it. `now` and `elapsed` move together, but for `setBack`; callbacks fire in
 * the order of their times, and while one fires the clock shows exactly its time.
 *
 * @example
 * ```ts
 * const clock = new ManualClock();
 * const fired: number[] = [];
 * clock.at(100, () => fired.push(clock.now()));
 * await clock.advance(250);
 * fired; // [100]
 * clock.now(); // 250
 * ```
 */
export class ManualClock implements Clock {
  /** What `now` is ahead of `elapsed`. */
  #ahead: number;
  readonly #system = new SystemClock();
  #now: number;
  #alarms: Alarm[] = [];
  #order = 0;
  #moving: Promise<void> = Promise.resolve();

  /** @param startMs what `now` says at first; `elapsed` begins at 0 */
  constructor(startMs = 0) {
    this.#ahead = startMs;
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now - this.#ahead;
  }

  /** Calls back when the clock is moved to a time or past it; for a time that is reached already, after the current task. */
  at(time: number, callback: () => void, onSetBack: (byMs: number) => void = () => {}): () => void {
    const alarm: Alarm = { time, order: this.#order++, callback, onSetBack };
    this.#alarms.push(alarm);
    if (time <= this.#now) queueMicrotask(() => this.#fire(alarm));
    return () => this.#remove(alarm);
  }

  /** Lets timers and sockets of the machine have their turn; this clock stands still meanwhile. */
  breathe(): Promise<void> {
    return this.#system.breathe();
  }

  /** Callbacks that wait, for tests that nothing is left behind. */
  get pending(): number {
    return this.#alarms.length;
  }

  /**
   * Moves the clock on and fires what is due on the way. Calls that overlap follow each other. What callbacks only began
   * (a batch, say) may still run when it resolves: await `ssc.awaitIdle()`, or use `runBatches`.
   */
  advance(ms: number): Promise<void> {
    return this.#move(() => this.#now + ms);
  }

  /** The same, up to a time. A time in the past is refused: `setBack` says that it is meant. */
  setTo(ms: number): Promise<void> {
    return this.#move(() => ms);
  }

  /** Sets back what `now` says, as it happens to machines; `elapsed` stays. Callbacks wait for their times again. */
  setBack(ms: number): Promise<void> {
    const set = this.#moving.then(() => {
      this.#now -= ms;
      this.#ahead -= ms;
      for (const { time, onSetBack } of [...this.#alarms]) if (time > this.#now) onSetBack(ms);
      return this.breathe();
    });
    this.#moving = set.catch(() => {});
    return set;
  }

  #move(goalOf: () => number): Promise<void> {
    const move = this.#moving.then(() => this.#moveTo(goalOf()));
    // A callback that throws fails the call that fired it, not all later ones.
    this.#moving = move.catch(() => {});
    return move;
  }

  async #moveTo(goal: number): Promise<void> {
    if (!(goal >= this.#now)) throw new RangeError(`the clock is at ${this.#now} ms and cannot be set to ${goal} ms`);
    for (let next = this.#next(goal); next !== null; next = this.#next(goal)) {
      this.#now = Math.max(this.#now, next.time);
      this.#fire(next);
      // Promises that the callback settled may set further alarms, which may be due on the way as well.
      await this.breathe();
    }
    this.#now = goal;
    await this.breathe();
  }

  #next(goal: number): Alarm | null {
    let first: Alarm | null = null;
    for (const alarm of this.#alarms) {
      if (alarm.time > goal) continue;
      if (first === null || alarm.time < first.time || (alarm.time === first.time && alarm.order < first.order))
        first = alarm;
    }
    return first;
  }

  #fire(alarm: Alarm): void {
    if (this.#remove(alarm)) alarm.callback();
  }

  #remove(alarm: Alarm): boolean {
    const at = this.#alarms.indexOf(alarm);
    if (at >= 0) this.#alarms.splice(at, 1);
    return at >= 0;
  }
}
