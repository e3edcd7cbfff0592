import type { AnyFunction } from '../lineage/function-scope.ts';

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
