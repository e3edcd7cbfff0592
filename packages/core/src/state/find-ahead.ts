import { hashAhead, isFar } from '../data/hash-ahead.ts';
import { lookupKey } from '../data/key.ts';
import type { KeyedState } from './keyed-state.ts';
import type { StateEntry } from './state-entry.ts';
import { STATE_SLICE } from './state-logic.ts';

/** Counts into something that stays, so that the look at each entry is not optimized away. */
const seen = { dead: 0 };

/**
 * Finds the entries of keys that are asked for one after the other. In a large state they are looked up some thousands at a
 * time, which is faster than key by key: see `hashAhead`.
 */
export class FindAhead {
  readonly #state: KeyedState;
  readonly #keys: readonly unknown[];
  readonly #to: number;
  #from: number;
  /** Of the state when it was looked at. */
  #size = 0;
  #found: (StateEntry | undefined)[] = [];

  /** For `keys[from, to)`. */
  constructor(state: KeyedState, keys: readonly unknown[], from = 0, to = keys.length) {
    this.#state = state;
    this.#keys = keys;
    this.#from = from;
    this.#to = to;
  }

  /** What `KeyedState.find` gives for `keys[i]`. @param i goes up by one from call to call, from `from` on */
  at(i: number): StateEntry | undefined {
    if (i - this.#from >= this.#found.length) {
      // What lies near is found as soon without a list of it.
      if (!isFar(this.#state.entries.size)) return this.#state.find(this.#keys[i]);
      this.#lookUp(i);
    }
    const found = this.#found[i - this.#from];
    if (found !== undefined || this.#state.entries.size === this.#size) return found;
    // It may have been put in for a key before.
    return this.#state.find(this.#keys[i]);
  }

  #lookUp(from: number): void {
    const { entries } = this.#state;
    const keys = this.#keys;
    // No more than that: what was brought near must still be there when its turn comes.
    const to = Math.min(this.#to, from + STATE_SLICE);
    hashAhead(entries.size, keys, from, to);
    const found = new Array<StateEntry | undefined>(to - from);
    for (let i = from; i < to; i++) {
      const key = keys[i];
      // The common part of `lookupKey`, which V8 does not always inline here.
      const plain = typeof key === 'number' || (typeof key === 'string' && key.charCodeAt(0) !== 1);
      found[i - from] = entries.get(plain ? key : lookupKey(key)) ?? this.#state.findStorable(key);
    }
    seen.dead += found.reduce((dead, entry) => (entry?.dead === true ? dead + 1 : dead), 0);
    this.#from = from;
    this.#size = entries.size;
    this.#found = found;
  }
}
