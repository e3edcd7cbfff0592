/** Asks for the state of an operator as the batch at `time` has left it. */
export interface StateRequest {
  /** Name of the stateful plan node. */
  readonly node: string;
  /** Batch time in ms. */
  readonly time: number;
  /** Partitions of which the whole state is wanted as well; left out if there are none. */
  readonly sweep?: SweepRequest;
}

/** Asks for whole partitions of state. They are read slice by slice, with each request for what a batch has changed; see `StateSweep`. */
export interface SweepRequest {
  /** The one that is due the longest comes first. */
  readonly partitions: readonly number[];
  /** About so many entries are read in each slot before it answers. */
  readonly entries: number;
}

/** The whole state of a partition, which takes the place of all deltas up to its time. */
export interface StateBase {
  /** Batch time in ms at which it began to be read: what later batches have changed, their deltas say. */
  readonly time: number;
  readonly bytes: Uint8Array;
}

/** What a batch did to one partition of an operator's state, as bytes; see `StateDelta`. */
export interface SavedState extends StateRequest {
  readonly partition: number;
  /** Keys that the delta names. */
  readonly touched: number;
  /** Whether panes of a window came or went. */
  readonly panesChanged: boolean;
  /** Where the store has an entry for each key: the entries, see `encodeChanges`. */
  readonly isStored: boolean;
  readonly bytes: Uint8Array;
  /** The whole state, when all of it has been read; null before, and where nobody has asked for it. */
  readonly base: StateBase | null;
}

/** One partition of an operator's state, to be made of deltas: a whole one, and what came after, oldest first. */
export interface RestoredState {
  readonly node: string;
  readonly partition: number;
  readonly deltas: readonly Uint8Array[];
  /** Batch time in ms that the state is then at: no operator has changed it since its last delta. */
  readonly time: number;
}
