import type { StateAction } from '../lineage/rdd-node.ts';
import type { Columns } from '../task/columns.ts';
import type { Sliced } from '../task/slices.ts';
import type { KeyedState } from './keyed-state.ts';
import type { Pane } from './state-entry.ts';
import { STATE_SLICE, type StateLogic } from './state-logic.ts';

/** Says no more than that a key was seen. */
const SEEN = true;

/**
 * `dedupe`: the first record of each key passes, and its batch's time counts until the key expires. Keys are also kept by the
 * batch that they came with, as panes, so that a batch looks at the keys that expire in it and at none that live on:
 *
 *     panes    │ 1 s: a, b │ 2 s: c │ 3 s: d, e │
 *                    └─ expire together
 *
 * A pane knows its keys and not their entries: it is plain data.
 */
export class DedupeLogic implements StateLogic {
  readonly keysInPanes = true;

  *apply(state: KeyedState, action: StateAction, sides: readonly (readonly Columns[])[]): Sliced<unknown[]> {
    const { time } = action;
    const kept = yield* this.#expire(state, action.expireBefore ?? Number.NEGATIVE_INFINITY);
    const out: unknown[] = [];
    const fresh: unknown[] = [];
    for (const { keys, values } of sides[0]) {
      for (let from = 0; from < keys.length; from += STATE_SLICE) {
        const to = Math.min(keys.length, from + STATE_SLICE);
        for (let i = from; i < to; i++) {
          const entry = state.find(keys[i]);
          if (entry !== undefined && !entry.dead) continue;
          // The state's own key: the one that came may keep a whole block of text alive.
          fresh.push(state.put(entry, keys[i], SEEN, time).key);
          out.push(values[i]);
        }
        yield undefined;
      }
    }
    // A new list, never a change of the old one, which a second attempt begins with.
    state.panes = fresh.length === 0 ? kept : [...kept, paneOf(time, fresh)];
    return out;
  }

  /** Removes the keys of panes before a time. Returns the panes that are left. */
  *#expire(state: KeyedState, before: number): Sliced<readonly Pane[]> {
    const { panes } = state;
    let expired = 0;
    for (; expired < panes.length && panes[expired].time < before; expired++) {
      for (const { keys } of panes[expired].pieces) {
        for (let i = 0; i < keys.length; i++) {
          const entry = state.find(keys[i]);
          if (entry !== undefined) state.kill(entry);
          if (i % STATE_SLICE === STATE_SLICE - 1) yield undefined;
        }
      }
    }
    return expired === 0 ? panes : panes.slice(expired);
  }
}

function paneOf(time: number, keys: readonly unknown[]): Pane {
  return { time, pieces: [{ keys, values: new Array<null>(keys.length).fill(null), unique: true }], found: null };
}
