import { type Clock, SystemClock } from '@millrace/core';

interface Alarm {
  readonly time: number;
  readonly callback: () => void;
  readonly onSetBack: ((byMs: number) => void) | undefined;
  cancel: () => void;
}

/** The machine's clock, but that it can be told to skip some time: batches that only fill windows need not be waited for. */
export class SkippingClock implements Clock {
  readonly #machine: Clock;
  readonly #alarms = new Set<Alarm>();
  #skipped = 0;

  constructor(machine: Clock = new SystemClock()) {
    this.#machine = machine;
  }

  get fileLagMs(): number {
    return this.#machine.fileLagMs ?? 0;
  }

  now(): number {
    return this.#machine.now() + this.#skipped;
  }

  /** What is skipped has passed by this, too: the engine tells times by either. */
  elapsed(): number {
    return this.#machine.elapsed() + this.#skipped;
  }

  at(time: number, callback: () => void, onSetBack?: (byMs: number) => void): () => void {
    const alarm: Alarm = { time, callback, onSetBack, cancel: () => {} };
    this.#alarms.add(alarm);
    this.#arm(alarm);
    return () => {
      this.#alarms.delete(alarm);
      alarm.cancel();
    };
  }

  breathe(): Promise<void> {
    return this.#machine.breathe();
  }

  /** Goes on by some milliseconds at once, and calls back whoever is due before it returns. */
  skip(ms: number): void {
    this.#skipped += ms;
    for (const alarm of [...this.#alarms]) {
      alarm.cancel();
      if (alarm.time > this.now()) this.#arm(alarm);
      else this.#ring(alarm);
    }
  }

  #arm(alarm: Alarm): void {
    alarm.cancel = this.#machine.at(alarm.time - this.#skipped, () => this.#ring(alarm), alarm.onSetBack);
  }

  #ring(alarm: Alarm): void {
    // One that rings may have cancelled another.
    if (this.#alarms.delete(alarm)) alarm.callback();
  }
}
