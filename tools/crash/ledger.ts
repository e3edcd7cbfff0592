import type { CrashStore } from './crash-store.ts';

/**
 * What outputs have seen, by output and batch time: an idempotent sink. What a batch shows when it runs again has to be the same,
 * and a batch that has completed does not run again.
 */
export class Ledger {
  readonly #store: CrashStore;
  readonly #seen = new Map<string, Map<number, string>>();
  /** What must not have happened. */
  readonly violations: string[] = [];
  /** Output operations that ran again after a crash. */
  repeats = 0;

  constructor(store: CrashStore) {
    this.#store = store;
  }

  /** An output is about to run for a batch. */
  begins(output: string, time: number): void {
    const { planned, completed } = this.#store;
    if (completed.has(time)) this.violations.push(`batch ${time} had completed, and ${output} runs again`);
    if (!planned.has(time)) this.violations.push(`${output} runs before what batch ${time} reads is durable`);
  }

  /** What an output has seen. */
  saw(output: string, time: number, value: string): void {
    let times = this.#seen.get(output);
    if (times === undefined) {
      times = new Map();
      this.#seen.set(output, times);
    }
    const before = times.get(time);
    if (before !== undefined) {
      this.repeats += 1;
      if (before !== value)
        this.violations.push(
          `${output}, batch ${time}: it ran again and gave something else\n  first: ${before}\n  again: ${value}`,
        );
    }
    times.set(time, value);
  }

  /** The values of an output by batch time, oldest first. */
  of(output: string): [time: number, value: string][] {
    return [...(this.#seen.get(output) ?? [])].sort(([a], [b]) => a - b);
  }

  get outputs(): readonly string[] {
    return [...this.#seen.keys()];
  }
}
