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

/** What a map task says of what it has scattered. */
export interface MapReport {
  /** Records of each reducer's bucket, without those of its runs. */
  readonly buckets: readonly number[];
  readonly runs: readonly HeavyRun[];
}
