import { type LookupKey, lookupKey } from '../data/key.ts';

/** A key of a sketch. */
export interface CountedKey {
  readonly key: unknown;
  /** At least as many as there were. */
  readonly count: number;
  /** By how much `count` may be too high. */
  readonly error: number;
}

interface Counter {
  key: unknown;
  id: LookupKey;
  count: number;
  error: number;
}

/**
 * The heavy keys of a stream in bounded memory: Space-Saving (Metwally, Agrawal and El Abbadi, ICDT 2005). Of `n` weights in all,
 * every key with more than `n / capacity` is in it, and no count is too high by more than that.
 *
 * @example
 * ```ts
 * const sketch = new SpaceSaving(2);
 * for (const word of ['a', 'b', 'a', 'c', 'a']) sketch.add(word);
 * sketch.heaviest()[0]; // { key: 'a', count: 3, error: 0 }
 * ```
 */
export class SpaceSaving {
  readonly capacity: number;
  /** All weights that were added. */
  total = 0;
  /** A heap: no counter is smaller than the one above it. */
  readonly #heap: Counter[] = [];
  readonly #at = new Map<LookupKey, number>();

  /** @param capacity how many keys are remembered, at least 1 */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError('a sketch remembers at least one key');
    this.capacity = capacity;
  }

  /** @throws MR_KEY_IDENTITY */
  add(key: unknown, weight = 1): void {
    this.#add(key, lookupKey(key), weight, 0);
  }

  /**
   * Takes what another sketch has counted. In a given order of sketches the result is always the same. Its bounds are those of the
   * union: a key that one of them had lost may have been there as often as its least counter says.
   */
  merge(other: SpaceSaving): void {
    const [lostHere, lostThere] = [this.#lost, other.#lost];
    const known = new Set(this.#at.keys());
    const mine = this.#heap.map((c) => {
      const at = other.#at.get(c.id);
      const theirs = at === undefined ? null : other.#heap[at]!;
      return {
        ...c,
        count: c.count + (theirs?.count ?? lostThere),
        error: c.error + (theirs?.error ?? lostThere),
      };
    });
    const others = other.#heap
      .filter((c) => !known.has(c.id))
      .map((c) => ({ ...c, count: c.count + lostHere, error: c.error + lostHere }));
    const kept = [...mine, ...others].sort(heavierFirst).slice(0, this.capacity);
    this.total += other.total;
    this.#heap.length = 0;
    this.#at.clear();
    // Lightest first is a heap already.
    for (const counter of kept.reverse()) {
      this.#at.set(counter.id, this.#heap.length);
      this.#heap.push(counter);
    }
  }

  /** All that it remembers, heaviest first; of equal ones those with the smaller error first, then in the order of their lookup keys. */
  heaviest(): CountedKey[] {
    return [...this.#heap].sort(heavierFirst).map(({ key, count, error }) => ({ key, count, error }));
  }

  /** How often a key that is not here may have been added. */
  get #lost(): number {
    return this.#heap.length < this.capacity ? 0 : this.#heap[0]!.count;
  }

  #add(key: unknown, id: LookupKey, weight: number, error: number): void {
    this.total += weight;
    const at = this.#at.get(id);
    if (at !== undefined) {
      this.#heap[at]!.count += weight;
      this.#sink(at);
    } else if (this.#heap.length < this.capacity) {
      this.#at.set(id, this.#heap.length);
      this.#heap.push({ key, id, count: weight, error });
      this.#rise(this.#heap.length - 1);
    } else {
      const least = this.#heap[0]!;
      this.#at.delete(least.id);
      this.#at.set(id, 0);
      this.#heap[0] = { key, id, count: least.count + weight, error: least.count + error };
      this.#sink(0);
    }
  }

  #rise(from: number): void {
    let at = from;
    for (let above = (at - 1) >> 1; at > 0 && this.#heap[above]!.count > this.#heap[at]!.count; above = (at - 1) >> 1) {
      this.#swap(at, above);
      at = above;
    }
  }

  #sink(from: number): void {
    const heap = this.#heap;
    for (let at = from; ; ) {
      let least = at;
      for (const below of [2 * at + 1, 2 * at + 2])
        if (below < heap.length && heap[below]!.count < heap[least]!.count) least = below;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
    this.#at.set(heap[a]!.id, a);
    this.#at.set(heap[b]!.id, b);
  }
}

function heavierFirst(a: Counter, b: Counter): number {
  return b.count - a.count || a.error - b.error || compareIds(a.id, b.id);
}

/** Any order, but always the same one. */
function compareIds(a: LookupKey, b: LookupKey): number {
  const [x, y] = [`${typeof a} ${a}`, `${typeof b} ${b}`];
  return x < y ? -1 : x > y ? 1 : 0;
}
