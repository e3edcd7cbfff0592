import { hashAhead } from '../data/hash-ahead.ts';
import { type LookupKey, lookupKey } from '../data/key.ts';
import type { Columns } from './columns.ts';

const NO_KEYS: ReadonlySet<LookupKey> = new Set();

/** Keys that are looked at ahead. */
const SLICE = 8192;

/**
 * `[key, [values of side 0], [values of side 1], …]` as `[key, lists]` for every key of any side. Keys come in order of
 * first appearance: those of side 0 first, then new ones of side 1.
 * @param skip keys that are left out
 */
export function cogroupColumns(
  sides: readonly (readonly Columns[])[],
  skip: ReadonlySet<LookupKey> = NO_KEYS,
): unknown[] {
  const width = sides.length;
  const groups = new Map<unknown, [key: unknown, lists: unknown[][]]>();
  sides.forEach((pieces, side) => {
    for (const { keys, values, grouped } of pieces) {
      for (let i = 0; i < keys.length; i++) {
        if (i % SLICE === 0) hashAhead(groups.size, keys, i, Math.min(keys.length, i + SLICE));
        const id = lookupKey(keys[i]);
        if (skip.size > 0 && skip.has(id)) continue;
        let group = groups.get(id);
        if (group === undefined) {
          group = [keys[i], emptyLists(width)];
          groups.set(id, group);
        }
        if (grouped === true) addAll(group[1][side], values[i] as readonly unknown[]);
        else group[1][side].push(values[i]);
      }
    }
  });
  return [...groups.values()];
}

function addAll(list: unknown[], values: readonly unknown[]): void {
  for (let i = 0; i < values.length; i++) list.push(values[i]);
}

/** A loop, because `Array.from` took three quarters of a join's time. */
function emptyLists(width: number): unknown[][] {
  const lists: unknown[][] = [];
  for (let i = 0; i < width; i++) lists.push([]);
  return lists;
}
