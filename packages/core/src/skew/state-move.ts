/** Virtual buckets of a state that were moved to other partitions, with all keys in them. */
export interface StateMove {
  /** Name of the operator whose state it is. */
  readonly operator: string;
  readonly buckets: readonly StateMoveBucket[];
  /** How many keys have moved. */
  readonly keys: number;
}

/** Where a virtual bucket was, and where it is. */
export interface StateMoveBucket {
  readonly bucket: number;
  readonly from: number;
  readonly to: number;
}
