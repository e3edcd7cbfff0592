import type { Columns } from '../task/columns.ts';

/** State of one key. `dead` entries are gone for the semantics and leave the map when their batch has committed. */
export interface StateEntry {
  readonly key: unknown;
  value: unknown;
  /** Batch time in ms of the last update. */
  time: number;
  dead: boolean;
  /** Attempt that saved the entry last: each is saved once for each attempt. */
  saved: number;
}

/** A pane as the state keeps it: one batch's reduced values, which a window still needs, or its new keys, for `dedupe`. */
export interface Pane {
  /** Batch time in ms. */
  readonly time: number;
  readonly pieces: readonly Columns[];
  /**
   * Entries of the pane's keys, where they were found when it entered: what leaves need not be looked up again. An entry
   * that died since is not the key's entry any more.
   */
  readonly found: readonly (readonly StateEntry[])[] | null;
}
