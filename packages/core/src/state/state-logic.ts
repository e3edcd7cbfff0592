import type { StateAction } from '../lineage/rdd-node.ts';
import type { Columns } from '../task/columns.ts';
import type { Sliced } from '../task/slices.ts';
import type { KeyedState } from './keyed-state.ts';

/**
 * What a stateful operator does with a batch. `apply` runs after `KeyedState.begin` and may run again for the same batch
 * on the state as it was before.
 */
export interface StateLogic {
  /** Set where the checkpoint's store has the state, and memory some of it; else all is in memory. */
  readonly stored?: StoredLayout | null;
  /** True if each key is in the pane of the time of its last touch as well. */
  readonly keysInPanes?: boolean;
  /**
   * @param sides pairs of the batch, or of each entering pane, in the order of the action's times
   * @param initial pairs that fill the state before its first batch
   * @returns the operator's output for this partition
   */
  apply(
    state: KeyedState,
    action: StateAction,
    sides: readonly (readonly Columns[])[],
    initial: readonly Columns[] | null,
    partition: number,
  ): Sliced<readonly unknown[]>;
}

/** What comes to a partition of state besides its batch. */
export interface StateBesides {
  /** Pairs that fill the state before its first batch; null: none. */
  readonly initial: readonly Columns[] | null;
  /** State from other partitions: `[key, [state, time]]`; null: none. */
  readonly arriving: readonly Columns[] | null;
}

/** How state lies in a store. */
export interface StoredLayout {
  /** Keys of a partition that stay in memory between batches. */
  readonly cacheKeys: number;
  /** Whether keys are looked for by the time of their last touch. */
  readonly timed: boolean;
}

/** Entries handled between two offers to let others run. */
export const STATE_SLICE = 4096;

/** Puts initial pairs in, stamped with the first batch's time. Of several states for one key the last is used. */
export function fillInitial(state: KeyedState, initial: readonly Columns[] | null, time: number): void {
  if (initial === null) return;
  for (const { keys, values } of initial) {
    for (let i = 0; i < keys.length; i++) state.put(state.find(keys[i]), keys[i], values[i], time);
  }
}
