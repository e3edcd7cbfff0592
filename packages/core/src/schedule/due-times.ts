interface Span {
  readonly from: number;
  to: number;
  readonly step: number;
}

/**
 * Batch times that are due and not planned yet, as spans of two numbers and a step: a job that is an hour behind keeps no
 * hour of objects. There is one span, and one more for each change of the batch interval in between.
 *
 * @example
 * ```ts
 * const due = new DueTimes();
 * for (const time of [100, 200, 300, 500]) due.push(time, time === 500 ? 200 : 100);
 * due.size; // 4
 * due.shift(); // 100
 * ```
 */
export class DueTimes {
  readonly #spans: Span[] = [];

  /** @param step distance to the time before */
  push(time: number, step: number): void {
    const last = this.#spans.at(-1);
    if (last !== undefined && last.step === step && last.to + step === time) last.to = time;
    else this.#spans.push({ from: time, to: time, step });
  }

  /** The earliest; undefined if there is none. */
  first(): number | undefined {
    return this.#spans[0]?.from;
  }

  /** Takes the earliest out. */
  shift(): number | undefined {
    const span = this.#spans[0];
    if (span === undefined) return undefined;
    if (span.from === span.to) this.#spans.shift();
    else this.#spans[0] = { ...span, from: span.from + span.step };
    return span.from;
  }

  get isEmpty(): boolean {
    return this.#spans.length === 0;
  }

  get size(): number {
    return this.#spans.reduce((n, { from, to, step }) => n + (to - from) / step + 1, 0);
  }

  clear(): void {
    this.#spans.length = 0;
  }
}
