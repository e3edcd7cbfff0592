/** A key: parts from general to special. Ordered part by part: numbers by value, before strings; strings by code point. */
export type StoreKey = readonly (string | number)[];

/** One change within a transaction. */
export type StoreChange =
  | { readonly kind: 'put'; readonly key: StoreKey; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly key: StoreKey }
  | { readonly kind: 'deletePrefix'; readonly prefix: StoreKey };

/** Which entries below a prefix. */
export interface EntriesOptions {
  readonly from?: StoreKey;
  readonly to?: StoreKey;
  readonly reverse?: boolean;
  readonly limit?: number;
}

/** Where a job's checkpoints are. */
export interface CheckpointStore {
  open(): Promise<void>;
  get(key: StoreKey): Uint8Array | undefined;
  entries(prefix: StoreKey, options?: EntriesOptions): Iterable<{ readonly key: StoreKey; readonly value: Uint8Array }>;
  write(changes: readonly StoreChange[]): Promise<void>;
  stats(): { readonly bytes: number; readonly entries: number };
  close(): Promise<void>;
}
