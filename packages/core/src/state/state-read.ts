import { encodePairs } from '../data/codec.ts';
import { type LookupKey, lookupKey } from '../data/key.ts';
import type { KeyedState } from './keyed-state.ts';

/** Asks for keys of an operator's state as a batch that has committed has left them. Plain data, for it crosses threads. */
export interface StateRead {
  /** Name of the stateful plan node. */
  readonly node: string;
  /** Batch time in ms. */
  readonly time: number;
  /** Which partition is asked; null: all of them. */
  readonly partition: number | null;
  /** What is asked for: one key, by its lookup key, or the first keys in the order of the state. */
  readonly what:
    | { readonly kind: 'key'; readonly id: LookupKey }
    | { readonly kind: 'first'; readonly limit: number; readonly prefix: KeyPrefix | null };
}

/** How keys begin: a text that begins other texts, or elements that begin an array. */
export type KeyPrefix = string | readonly unknown[];

/** What one partition has of it. */
export interface StateFound {
  readonly partition: number;
  /** `[key, value]`s as `encodePairs` writes them; null: the partition does not know that batch any more. */
  readonly pairs: Uint8Array | null;
}

/**
 * What the partitions of a node's state in one slot have of what is asked for. Values are copies, whatever the backend: nobody
 * can change state from outside.
 * @param states partitions in ascending order
 * @throws MR_NOT_ENCODABLE
 */
export function readStates(
  states: Iterable<readonly [partition: number, state: KeyedState]>,
  { node, time, what }: StateRead,
): StateFound[] {
  const found: StateFound[] = [];
  // The first so many of all partitions are among the first so many of each slot's.
  let left = what.kind === 'key' ? 1 : what.limit;
  for (const [partition, state] of states) {
    if (!state.knows(time)) {
      found.push({ partition, pairs: null });
      continue;
    }
    const keys: unknown[] = [];
    const values: unknown[] = [];
    if (what.kind === 'key') {
      const value = state.valueAt(time, what.id);
      // The key itself is known to whoever asks.
      if (value !== undefined) {
        keys.push(null);
        values.push(value);
      }
    } else if (left > 0) {
      const matches = matcher(what.prefix);
      for (const [key, value] of state.pairsAt(time)) {
        if (!matches(key)) continue;
        keys.push(key);
        values.push(value);
        if (keys.length === left) break;
      }
      left -= keys.length;
    }
    found.push({ partition, pairs: encodePairs(keys, values, node) });
  }
  return found;
}

/** Whether keys begin so. */
export function matcher(prefix: KeyPrefix | null): (key: unknown) => boolean {
  if (prefix === null) return () => true;
  if (typeof prefix === 'string') return (key) => typeof key === 'string' && key.startsWith(prefix);
  const ids = prefix.map(lookupKey);
  return (key) => Array.isArray(key) && key.length >= ids.length && ids.every((id, i) => same(id, lookupKey(key[i])));
}

/** As a Map compares. */
function same(a: LookupKey, b: LookupKey): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}
