/**
 * Where time enters the engine: the only file that asks the machine. `now` names batches, `elapsed` measures, slices and
 * bounds; a test replaces both by `ManualClock`.
 */
export interface Clock {
  /** Wall-clock time in ms since the epoch. */
  now(): number;
  /** Milliseconds of a steady clock, with fractions. */
  elapsed(): number;
  /** Calls back when `now` has reached a time in ms; returns how to cancel it. */
  at(time: number, callback: () => void): () => void;
  /** How far the times that the system writes into files may lie behind `now`, in ms; left out: not at all. */
  readonly fileLagMs?: number;
  /** Lets timers and sockets have their turn. Takes no time of this clock. */
  breathe(): Promise<void>;
}

/** Longest delay that a timer of the platform takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

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

  at(time: number, callback: () => void): () => void {
    let timer: ReturnType<typeof setTimeout>;
    const arm = () => {
      const wait = time - Date.now();
      // A timer may fire a little early by the wall clock, and a jump of the clock moves the goal: look again each time.
      timer = setTimeout(
        () => (Date.now() >= time ? callback() : arm()),
        Math.min(Math.max(0, wait), LONGEST_TIMER_MS),
      );
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
