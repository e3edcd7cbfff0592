import type { AnyFunction } from '../lineage/function-scope.ts';
import type { Columns } from './columns.ts';

/** An accumulator with the key that it belongs to. */
export interface Entry {
  readonly key: unknown;
  value: unknown;
}

/** The functions of an aggregate, ready to call. */
export interface AggregatorFunctions {
  readonly create: AnyFunction | null;
  readonly add: AnyFunction;
  readonly merge: AnyFunction | null;
}

/** Accumulators as pairs, in order of first appearance. */
export function pairsOf(entries: ReadonlyMap<unknown, Entry>): unknown[] {
  const out = new Array<unknown>(entries.size);
  let i = 0;
  for (const entry of entries.values()) out[i++] = [entry.key, entry.value];
  return out;
}

/** The same as columns. */
export function columnsOf(entries: ReadonlyMap<unknown, Entry>): Columns {
  const keys = new Array<unknown>(entries.size);
  const values = new Array<unknown>(entries.size);
  let i = 0;
  for (const entry of entries.values()) {
    keys[i] = entry.key;
    values[i++] = entry.value;
  }
  return { keys, values, unique: true };
}
