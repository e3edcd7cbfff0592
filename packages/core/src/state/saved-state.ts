/** Asks for the state of an operator as the batch at `time` has left it. */
export interface StateRequest {
  /** Name of the stateful plan node. */
  readonly node: string;
  /** Batch time in ms. */
  readonly time: number;
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
}

/** One partition of an operator's state, to be made of deltas: a whole one, and what came after, oldest first. */
export interface RestoredState {
  readonly node: string;
  readonly partition: number;
  readonly deltas: readonly Uint8Array[];
  /** Batch time in ms that the state is then at: no operator has changed it since its last delta. */
  readonly time: number;
}
