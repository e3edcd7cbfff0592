import type { MetKeys } from './met-keys.ts';

/** What a map task says of a heavy key that has left its bucket. Plain data. */
export interface HeavyRun {
  readonly key: unknown;
  /** The reducer of its hash. */
  readonly home: number;
  /** How many records of that reducer's bucket came before its first one. */
  readonly at: number;
  /** Records of each slice, in order. The slices of all runs are buckets behind those of the reducers. */
  readonly slices: readonly number[];
}

/** What map tasks have left in a bucket of a key that is split for a join, as whoever has taken it out tells. Its values are a bucket of their own. Plain data. */
export interface Residue {
  /** Index of the key among those of the join that are split. */
  readonly heavy: number;
  /** Of the join: 0 is the left one. */
  readonly side: number;
  /** The map output that it was in; of a side without a shuffle, the piece of it. */
  readonly map: number;
  /** How many values it has. */
  readonly values: number;
}

/** What a map task says of keys that have left their buckets. */
export interface RunReport {
  /** Records of each reducer's bucket, without those of its runs. */
  readonly buckets: readonly number[];
  readonly runs: readonly HeavyRun[];
}

/** What a map task says of what it has scattered. */
export interface MapReport extends RunReport {
  /** Of its keys, those that a sample has met; null where nobody has asked. */
  readonly met: MetKeys | null;
}
