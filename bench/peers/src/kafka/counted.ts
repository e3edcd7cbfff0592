/** What a program made of the records of a topic. */
export interface Counted {
  /** The last count that it delivered, of each key. */
  readonly counts: ReadonlyMap<string, number>;
  /** From the first record, or the begin of the batch that has it, to the last result. */
  readonly recordsPerSecond: number;
}
