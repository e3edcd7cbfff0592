/** A key with many records. */
export interface HeavyKey {
  readonly key: unknown;
  /** How many, as far as a sample tells. */
  readonly records: number;
}
