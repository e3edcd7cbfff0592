/** How stragglers are found. All times in ms. */
export interface SpeculationSettings {
  /** The part of a stage's tasks that must have finished before any of them counts as a straggler. */
  readonly quantile: number;
  /** A straggler has run so many times as long as the median of the finished ones. */
  readonly multiplier: number;
  /** And at least so long. */
  readonly minTaskMs: number;
  /** Time between two looks. */
  readonly intervalMs: number;
}

/** What is known of a stage's tasks while it runs. */
export class StagePace {
  readonly #settings: SpeculationSettings;
  readonly #needed: number;
  /** Of finished tasks, sorted. */
  readonly #times: number[] = [];

  constructor(settings: SpeculationSettings, tasks: number) {
    this.#settings = settings;
    const { quantile } = settings;
    this.#needed = quantile === 0 ? 0 : Math.max(1, Math.floor(quantile * tasks));
  }

  finished(ms: number): void {
    const times = this.#times;
    let at = times.length;
    while (at > 0 && times[at - 1] > ms) at--;
    times.splice(at, 0, ms);
  }

  /** A task that has run so long takes much longer than those that have finished, however few these are. */
  get slowMs(): number {
    const times = this.#times;
    const median = times.length === 0 ? 0 : times[times.length >> 1];
    return Math.max(this.#settings.multiplier * median, this.#settings.minTaskMs);
  }

  /** Whether a task that has run so long is a straggler. */
  isStraggler(ms: number): boolean {
    return this.#times.length >= this.#needed && ms >= this.slowMs;
  }
}
