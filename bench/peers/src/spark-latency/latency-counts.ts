import { Latencies } from '@millrace/bench';

/** Records by when they were due: `[ms since the epoch, how many]`, as a batch of either engine delivers them. */
export type DueCounts = readonly (readonly [dueMs: number, records: number])[];

/** Records by how long they took: `[ms, how many]`. */
export type TookCounts = readonly (readonly [tookMs: number, records: number])[];

/** Which records count, by when they were due. */
export interface Span {
  /** Ms after the first record of all. */
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Adds up how long records took, batch by batch. `LatencyCounts.java` does the same for Spark. */
export class LatencyCounts {
  readonly #span: Span;
  readonly #took = new Map<number, number>();
  readonly #due = new Map<number, number>();
  #first = Number.POSITIVE_INFINITY;
  /** All records so far, those of the warm-up included. */
  total = 0;

  constructor(span: Span) {
    this.#span = span;
  }

  /** When the records that count begin to be due, in ms since the epoch; infinite before the first record. */
  get from(): number {
    return this.#first + this.#span.warmUpMs;
  }

  /**
   * Records of a batch have been delivered.
   * @param nowMs in whole ms; a time is rounded up, so that none is better than it was
   */
  add(counts: DueCounts, nowMs: number): void {
    if (this.total === 0) this.#first = counts.reduce((least, [due]) => Math.min(least, due), this.#first);
    const { from } = this;
    for (const [due, records] of counts) {
      this.total += records;
      this.#due.set(due, (this.#due.get(due) ?? 0) + records);
      if (due < from || due >= from + this.#span.measureMs) continue;
      const took = nowMs - due + 1;
      this.#took.set(took, (this.#took.get(took) ?? 0) + records);
    }
  }

  get took(): TookCounts {
    return [...this.#took];
  }

  /** All records so far, by when they were due. */
  get due(): DueCounts {
    return [...this.#due];
  }
}

/** All runs of a contender as one distribution, or a single run. */
export function latenciesOf(...runs: readonly TookCounts[]): Latencies {
  const all = new Latencies();
  for (const run of runs) for (const [took, records] of run) all.add(took, records);
  return all;
}
