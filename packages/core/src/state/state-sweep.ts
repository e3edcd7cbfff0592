import { encodePairs } from '../data/codec.ts';
import { encodePiece, encodeSwept, type SweptState } from './state-delta.ts';
import type { Pane, StateEntry } from './state-entry.ts';

/** What a sweep reads: a partition of state at the batch at which it begins. */
export interface SweptFrom {
  /** Batch time in ms. */
  readonly time: number;
  /** By id, in the order of the state; goes on changing. */
  readonly entries: ReadonlyMap<unknown, StateEntry>;
  readonly panes: readonly Pane[];
  /** How many keys there are. */
  readonly keys: number;
}

/**
 * Reads the whole of a partition's state, a slice with each batch: none pays for all of it.
 *
 *     batch      T0        T1        T2
 *     slices     a b c     d e f     g h │ i j        i and j were inserted since T0
 *     deltas               └────────────┘ stay, and bring each key to what it is at T2
 *
 * So it is no state that ever was, but one together with the deltas behind T0: a key that was read before a later batch has
 * changed it is changed by that batch's delta, and one that was read after it is changed to what it is already. Keys that
 * were inserted since T0 are left to their deltas, else they would come to lie before others that were inserted earlier. In
 * the map all of them lie behind those that were there, so that the first of them is the end.
 */
export class StateSweep {
  readonly #from: SweptFrom;
  readonly #left: MapIterator<[unknown, StateEntry]>;
  /** Ids that were inserted since the sweep began. One that was there, went, and came again is one of them. */
  readonly #newer = new Set<unknown>();
  /** The last batch of which it knows what was inserted. */
  #knownUntil: number;
  readonly #parts: { readonly pairs: Uint8Array; readonly times: Uint8Array }[] = [];
  /** Pieces of the panes, which never change, so that they can be read in later batches. */
  readonly #pieces: Uint8Array[][];
  #paneAt = 0;
  /** Batch time in ms of the last slice. */
  #until: number;
  #isOver = false;

  constructor(from: SweptFrom) {
    this.#from = from;
    this.#left = from.entries.entries();
    this.#pieces = from.panes.map(() => []);
    this.#knownUntil = from.time;
    this.#until = from.time;
  }

  /** Batch time in ms of the first slice. */
  get time(): number {
    return this.#from.time;
  }

  /** Batch time in ms of the last slice: with that batch undone, the sweep has read what never was. */
  get until(): number {
    return this.#until;
  }

  /** Whether all has been read. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Hears which ids a batch has inserted: before a slice in that batch, and when it has committed. */
  inserted(time: number, ids: readonly unknown[]): void {
    if (time <= this.#knownUntil) return;
    this.#knownUntil = time;
    for (const id of ids) this.#newer.add(id);
  }

  /**
   * Takes the next slice, of the state at a batch whose insertions it has heard of.
   * @returns how many keys it has looked at: `limit`, if there are so many; a piece of a pane is taken whole
   * @throws MR_NOT_ENCODABLE: what is left cannot be read any more
   */
  take(limit: number, time: number, operator: string): number {
    this.#until = time;
    const taken = this.#takePanes(limit, operator);
    return taken < limit ? taken + this.#takeEntries(limit - taken, operator) : taken;
  }

  /** All that was read, as the bytes of a whole delta at the batch at which it began. */
  bytes(operator: string): Uint8Array {
    const { time, keys, panes } = this.#from;
    const swept: SweptState = {
      time,
      until: this.#until,
      keys,
      parts: this.#parts,
      panes: panes.map((pane, i) => ({ time: pane.time, pieces: this.#pieces[i] })),
    };
    return encodeSwept(swept, operator);
  }

  #takePanes(limit: number, operator: string): number {
    const { panes } = this.#from;
    let taken = 0;
    for (; this.#paneAt < panes.length; this.#paneAt++) {
      const { pieces } = panes[this.#paneAt];
      const there = this.#pieces[this.#paneAt];
      while (there.length < pieces.length) {
        if (taken >= limit) return taken;
        const piece = pieces[there.length];
        there.push(encodePiece(piece, operator));
        taken += piece.keys.length;
      }
    }
    return taken;
  }

  #takeEntries(limit: number, operator: string): number {
    const keys: unknown[] = [];
    const values: unknown[] = [];
    const times: number[] = [];
    let taken = 0;
    this.#isOver = true;
    // An iterator over a map has no `return`: the loop that was left goes on with the next slice.
    for (const [id, { key, value, time, dead }] of this.#left) {
      if (this.#newer.has(id)) break;
      taken += 1;
      // A dead one leaves with its batch, whose delta says so, or, if it is the first, is not needed any more.
      if (!dead) {
        keys.push(key);
        values.push(value);
        times.push(time);
      }
      if (taken < limit) continue;
      this.#isOver = false;
      break;
    }
    if (keys.length > 0)
      this.#parts.push({ pairs: encodePairs(keys, values, operator), times: encodePairs(times, [], operator) });
    return taken;
  }
}
