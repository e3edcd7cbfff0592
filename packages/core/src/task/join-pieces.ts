import { type LookupKey, lookupKey } from '../data/key.ts';
import type { Residue } from '../skew/split-report.ts';
import type { Columns } from './columns.ts';

/** Which keys of a join's partition are split. Plain data. */
export interface WantedKeys {
  /** With their index among the keys of the join that are split. */
  readonly own: readonly (readonly [heavy: number, key: unknown])[];
  /** For each side the map outputs that its pieces are from; null where it lies there without a shuffle. */
  readonly maps: readonly (readonly number[] | null)[];
}

/** What map tasks have left in the buckets of a partition of keys that are split. */
export interface Residues {
  /** Values of a key, of one side and map output: without keys. */
  readonly buckets: readonly Columns[];
  /** What each bucket has. */
  readonly residues: readonly Residue[];
}

/** Takes the values of some keys out of the sides of a join. */
export function residuesOf(sides: readonly (readonly Columns[])[], { own, maps }: WantedKeys): Residues {
  const wanted = new Map<LookupKey, number>(own.map(([heavy, key]) => [lookupKey(key), heavy]));
  const buckets: Columns[] = [];
  const residues: Residue[] = [];
  if (wanted.size === 0) return { buckets, residues };
  for (const [side, pieces] of sides.entries()) {
    for (const [i, { keys, values, grouped }] of pieces.entries()) {
      const found = new Map<number, unknown[]>();
      for (let at = 0; at < keys.length; at++) {
        const heavy = wanted.get(lookupKey(keys[at]));
        if (heavy === undefined) continue;
        const list = found.get(heavy) ?? [];
        found.set(heavy, list);
        if (grouped === true) for (const value of values[at] as readonly unknown[]) list.push(value);
        else list.push(values[at]);
      }
      for (const [heavy, list] of found) {
        buckets.push({ keys: [], values: list });
        residues.push({ heavy, side, map: maps[side]?.[i] ?? i, values: list.length });
      }
    }
  }
  return { buckets, residues };
}

/** Some values of one bucket. Ends are excluded. */
export type BucketRange = readonly [bucket: number, from: number, to: number];

/** What a task of a join makes of split keys. Plain data. */
export interface JoinPart {
  /** Split keys that belong to its partition: what is left of them in its buckets is part of the pieces. */
  readonly own: readonly unknown[];
  readonly pieces: readonly {
    readonly key: unknown;
    readonly left: readonly BucketRange[];
    readonly right: readonly BucketRange[];
  }[];
}

/** Keys that a task of a join leaves out. */
export function keysToSkip({ own }: JoinPart): ReadonlySet<LookupKey> {
  return new Set(own.map(lookupKey));
}

/** The pieces as a cogroup gives them: `[key, [values of the left side, values of the right side]]`. */
export function pieceRecords({ pieces }: JoinPart, buckets: readonly Columns[]): unknown[] {
  return pieces.map(({ key, left, right }) => [key, [valuesOf(left, buckets), valuesOf(right, buckets)]]);
}

function valuesOf(ranges: readonly BucketRange[], buckets: readonly Columns[]): unknown[] {
  const all: unknown[] = [];
  for (const [bucket, from, to] of ranges) {
    const { values } = buckets[bucket]!;
    for (let i = from; i < to; i++) all.push(values[i]);
  }
  return all;
}
