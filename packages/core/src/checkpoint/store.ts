/**
 * A key: parts from general to special. Ordered part by part: numbers by value, then strings by code point; a key comes
 * before those that it begins.
 */
export type StoreKey = readonly (string | number)[];

/** One change within a transaction. */
export type StoreChange =
  | { readonly kind: 'put'; readonly key: StoreKey; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly key: StoreKey }
  /** Deletes the key itself and all that begin with it. */
  | { readonly kind: 'deletePrefix'; readonly prefix: StoreKey };

/** One entry. */
export interface StoreEntry {
  readonly key: StoreKey;
  readonly value: Uint8Array;
}

/** In which order entries come, and how many. */
export interface EntriesOptions {
  /** Last first. */
  readonly reverse?: boolean;
  readonly limit?: number;
  /** Only those that come after this key in that order. It begins with the prefix and need not be there. */
  readonly after?: StoreKey;
}

/**
 * Where checkpoints are: an ordered map of keys to bytes with transactions. `lmdbStore` keeps it in a directory,
 * `memoryStore` in memory; `checkpointStoreConformance` of the test kit is what every store passes.
 *
 * One process owns a store from `open` to `close`.
 */
export interface CheckpointStore {
  /** For messages: where it is. */
  readonly where: string;
  /**
   * Opens it and becomes its owner.
   * @throws MR_CHECKPOINT_OWNED, MR_CHECKPOINT_CORRUPT, MR_CHECKPOINT_NEWER, MR_CHECKPOINT_IO; nothing is changed then
   */
  open(): Promise<void>;
  /**
   * The value of a key; the caller's to keep. Undefined only where it is certain that there is none: a key that is damaged is not
   * one that is not there.
   * @throws MR_CHECKPOINT_CORRUPT
   */
  get(key: StoreKey): Uint8Array | undefined;
  /** The entries whose keys begin with a prefix, in order, and likewise all of them. @throws MR_CHECKPOINT_CORRUPT */
  entries(prefix: StoreKey, options?: EntriesOptions): Iterable<StoreEntry>;
  /**
   * Makes all changes or none, in order. What it has made is on disk when it resolves. Transactions take effect in the order of
   * the calls. After one that failed no other is tried: what it has left is not known until the store is opened again.
   * @throws MR_CHECKPOINT_IO, MR_CHECKPOINT_CLOSED
   */
  write(changes: readonly StoreChange[]): Promise<void>;
  /** Bytes that it takes on disk, 0 in memory, and how many entries there are. */
  stats(): { readonly bytes: number; readonly entries: number };
  /** Waits for what is being written and lets go of the store. Twice is fine. */
  close(): Promise<void>;
}
