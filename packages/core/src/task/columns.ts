import { refuseNoPair, refuseUndefined } from './checks.ts';

/** Pairs as two arrays of equal length: how they cross a shuffle. */
export interface Columns {
  readonly keys: readonly unknown[];
  readonly values: readonly unknown[];
  /** True when no key occurs twice: they were combined by the map task. */
  readonly unique?: boolean;
  /** True when each value is a list of a key's values. */
  readonly grouped?: boolean;
}

/** Pairs to columns. @throws MR_NOT_A_PAIR, MR_UNDEFINED_IN_PAIR */
export function toColumns(pairs: readonly unknown[], operator: string): Columns {
  const n = pairs.length;
  const keys = new Array<unknown>(n);
  const values = new Array<unknown>(n);
  for (let i = 0; i < n; i++) {
    const pair = pairs[i] as readonly [unknown, unknown];
    if (!Array.isArray(pair) || pair.length !== 2) refuseNoPair(pair, operator);
    if (pair[0] === undefined || pair[1] === undefined) refuseUndefined(pair[0], operator);
    keys[i] = pair[0];
    values[i] = pair[1];
  }
  return { keys, values };
}

/** Columns to pairs. */
export function pairsFrom(pieces: readonly Columns[]): unknown[] {
  let size = 0;
  for (const { keys } of pieces) size += keys.length;
  const out = new Array<unknown>(size);
  let at = 0;
  for (const { keys, values } of pieces) for (let i = 0; i < keys.length; i++) out[at++] = [keys[i], values[i]];
  return out;
}
