/**
 * Where time enters the engine: the only file that asks the machine. `now` names batches, `elapsed` measures, slices and
 * bounds; a test replaces both by `ManualClock`.
 */
export interface Clock {
  /** Wall-clock time in ms since the epoch. */
  now(): number;
  /** Milliseconds of a steady clock, with fractions. */
  elapsed(): number;
  /**
   * Calls back when `now` has reached a time in ms; returns how to cancel it.
   * @param onSetBack told by how many ms the clock was set back since, while it waits for the time still
   */
  at(time: number, callback: () => void, onSetBack?: (byMs: number) => void): () => void;
  /** How far the times that the system writes into files may lie behind `now`, in ms; left out: not at all. */
  readonly fileLagMs?: number;
  /** Lets timers and sockets have their turn. Takes no time of this clock. */
  breathe(): Promise<void>;
}

/** So often an alarm looks at the wall clock: it may have been set, and set again. */
const LOOK_MS = 1000;
/** A wall clock that is behind the steady one by less was slewed, or a timer was late. */
const SET_BACK_MS = 500;

/** The machine's clock. */
export class SystemClock implements Clock {
  // Systems stamp files by the last tick of a clock that ticks every 1 to 10 ms.
  readonly fileLagMs = 10;

  now(): number {
    return Date.now();
  }

  elapsed(): number {
    return performance.now();
  }

  at(time: number, callback: () => void, onSetBack?: (byMs: number) => void): () => void {
    let timer: ReturnType<typeof setTimeout>;
    let ahead = this.now() - this.elapsed();
    const look = () => {
      // A timer may fire a little early by the wall clock, and a jump of the clock moves the goal.
      if (this.now() >= time) return callback();
      const was = ahead;
      ahead = this.now() - this.elapsed();
      arm();
      if (was - ahead >= SET_BACK_MS) onSetBack?.(Math.round(was - ahead));
    };
    const arm = () => {
      timer = setTimeout(look, Math.min(Math.max(0, time - this.now()), LOOK_MS));
    };
    arm();
    return () => clearTimeout(timer);
  }

  breathe(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}

/** The first tick of a period: the next multiple strictly after `now` (R1). All in ms. */
export function firstTick(now: number, period: number): number {
  return (Math.floor(now / period) + 1) * period;
}
