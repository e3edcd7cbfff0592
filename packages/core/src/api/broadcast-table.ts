import { lookupKey } from '../data/key.ts';
import type { Broadcast } from './broadcast.ts';

/** A table to look keys up in: a Map, pairs, or for string keys an object. */
export type BroadcastTable<K, W> =
  | ReadonlyMap<K, W>
  | readonly (readonly [K, W])[]
  | (K extends string ? Readonly<Record<string, W>> : never);

/** Looks keys up by value in a broadcast table. The index is made once for each version of the table. */
export function tableLookup<K, W>(table: Broadcast<BroadcastTable<K, W>>): (key: K) => W | undefined {
  let indexed: unknown = null;
  let index = new Map<unknown, W>();
  return (key) => {
    const value = table.value;
    if (value !== indexed) {
      index = indexOf(value as BroadcastTable<unknown, W>);
      indexed = value;
    }
    return index.get(lookupKey(key));
  };
}

function indexOf<W>(table: BroadcastTable<unknown, W>): Map<unknown, W> {
  const pairs: Iterable<readonly [unknown, W]> =
    table instanceof Map || Array.isArray(table) ? table : Object.entries(table as unknown as Record<string, W>);
  const index = new Map<unknown, W>();
  for (const [key, value] of pairs) index.set(lookupKey(key), value);
  return index;
}
