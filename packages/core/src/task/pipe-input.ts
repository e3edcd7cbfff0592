import { Pieces } from './pieces.ts';
import type { Sliced } from './slices.ts';

/** Some records: those of an array from one index (included) to another (excluded). */
export interface Stretch {
  readonly records: readonly unknown[];
  readonly from: number;
  readonly to: number;
}

/** The records of a pipe's source, taken stretch by stretch, whether they lie there or come piece after piece. */
export class PipeInput {
  /** How many records there are; null where that is not known before the last one. */
  readonly total: number | null;
  readonly #pieces: Pieces | null;
  #records: readonly unknown[];
  #at = 0;
  #isOver = false;

  constructor(input: readonly unknown[] | Pieces) {
    this.#pieces = input instanceof Pieces ? input : null;
    this.#records = input instanceof Pieces ? [] : input;
    this.total = input instanceof Pieces ? null : input.length;
  }

  /** The next records, at most so many; null after the last. */
  *next(limit: number): Sliced<Stretch | null> {
    while (this.#at >= this.#records.length) {
      const piece = this.#pieces === null || this.#isOver ? null : yield* this.#pieces.next();
      if (piece === null) {
        this.#isOver = true;
        return null;
      }
      this.#records = piece;
      this.#at = 0;
    }
    const from = this.#at;
    this.#at = Math.min(this.#records.length, from + limit);
    return { records: this.#records, from, to: this.#at };
  }

  /** Frees what a reader holds, after the last record or before it. */
  *close(): Sliced<void> {
    if (this.#pieces !== null) yield* this.#pieces.close();
  }
}
