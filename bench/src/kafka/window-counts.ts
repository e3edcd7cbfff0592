import { median, OutputDiffers } from '@millrace/bench';

/** What comes at a steady rate and is counted over windows. */
export interface SteadyLoad {
  /** Records a second, of all keys together; the keys take turns. */
  readonly rate: number;
  readonly keys: number;
  readonly windowMs: number;
}

/** Windows may be longer or shorter than they should by so much on the typical: records come late, and batches. */
const TOLERANCE = 0.5;

/**
 * Compares counts of windows with what was sent. Which records a window has depends on when they came, but those of a key come in
 * order: between its oldest and its newest none may be missing or there twice.
 */
export class WindowCounts {
  readonly #load: SteadyLoad;
  readonly #spans: number[] = [];

  constructor(load: SteadyLoad) {
    this.#load = load;
  }

  /** @param oldest when the first record of the window was due, in ms, as `newest` the last @throws OutputDiffers */
  see(key: string, n: number, oldest: number, newest: number): void {
    const { rate, keys } = this.#load;
    const due = Math.round(((newest - oldest) * rate) / 1000 / keys) + 1;
    if (n !== due) throw new OutputDiffers(`a window of ${key} has ${n} records, where ${due} were sent`);
    this.#spans.push(newest - oldest);
  }

  /** @throws OutputDiffers where there was none, or windows are of another length */
  end(): void {
    const { windowMs } = this.#load;
    if (this.#spans.length === 0) throw new OutputDiffers('no window came');
    const span = median(this.#spans);
    if (Math.abs(span - windowMs) > TOLERANCE * windowMs)
      throw new OutputDiffers(
        `the records of a window are of ${Math.round(span)} ms, where windows have ${windowMs} ms`,
      );
  }
}
