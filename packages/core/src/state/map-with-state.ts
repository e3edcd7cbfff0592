import type { AnyFunction } from '../lineage/function-scope.ts';
import type { StateAction } from '../lineage/rdd-node.ts';
import { checkNotPromise } from '../task/checks.ts';
import type { Columns } from '../task/columns.ts';
import type { Sliced } from '../task/slices.ts';
import { FindAhead } from './find-ahead.ts';
import type { KeyedState } from './keyed-state.ts';
import { StateHandle } from './state.ts';
import { fillInitial, STATE_SLICE, type StateLogic, type StoredLayout } from './state-logic.ts';

/**
 * `mapWithState`: the function runs once for each record, later records of a key see earlier updates (R40); keys without
 * data are not touched (R41) except in a batch that looks for expired keys, and these come after the records (R46).
 */
export class MapWithStateLogic implements StateLogic {
  readonly #call: (time: number, key: unknown, value: unknown, state: StateHandle) => unknown;
  readonly #keepsNull: boolean;
  readonly #refreshes: boolean;
  readonly #operator: string;
  readonly stored: StoredLayout | null;

  /**
   * @param options `stored`: see `StateLogic`; `advanced`: `(time, key, value, state) => record | null`, else `(key, value, state) => record`;
   *   `timeout`: whether one is set: then any data for a key refreshes its time (R42)
   */
  constructor(
    fn: AnyFunction,
    options: { advanced: boolean; timeout: boolean; stored?: StoredLayout | null; operator: string },
  ) {
    this.#call = options.advanced ? fn : (_time, key, value, state) => fn(key, value, state);
    this.#keepsNull = !options.advanced;
    this.#refreshes = options.timeout;
    this.#operator = options.operator;
    this.stored = options.stored ?? null;
  }

  *apply(
    state: KeyedState,
    action: StateAction,
    sides: readonly (readonly Columns[])[],
    initial: readonly Columns[] | null,
  ): Sliced<unknown[]> {
    const { time } = action;
    if (action.base === null) fillInitial(state, initial, time);
    const out: unknown[] = [];
    const handle = new StateHandle();
    for (const { keys, values } of sides[0]) {
      for (let from = 0; from < keys.length; from += STATE_SLICE) {
        this.#update(state, time, keys, values, from, Math.min(keys.length, from + STATE_SLICE), handle, out);
        yield undefined;
      }
    }
    const limit = action.expireBefore ?? null;
    if (limit !== null) yield* this.#expire(state, time, limit, handle, out);
    return out;
  }

  #update(
    state: KeyedState,
    time: number,
    keys: readonly unknown[],
    values: readonly unknown[],
    from: number,
    to: number,
    handle: StateHandle,
    out: unknown[],
  ): void {
    const call = this.#call;
    const keepsNull = this.#keepsNull;
    const refreshes = this.#refreshes;
    const entries = new FindAhead(state, keys, from, to);
    for (let i = from; i < to; i++) {
      const key = keys[i];
      const entry = entries.at(i);
      const lives = entry !== undefined && !entry.dead;
      handle.wrap(key, lives, lives ? entry.value : undefined);
      const result = call(time, key, values[i], handle);
      if (i === from) checkNotPromise(result, this.#operator);
      if (handle.updated || (refreshes && handle.defined)) state.put(entry, key, handle.value, time);
      else if (handle.removed && lives) state.kill(entry);
      if (result !== undefined && (keepsNull || result !== null)) out.push(result);
    }
  }

  *#expire(state: KeyedState, time: number, limit: number, handle: StateHandle, out: unknown[]): Sliced<void> {
    let seen = 0;
    for (const entry of state.expiring ?? state.entries.values()) {
      seen += 1;
      if (seen % STATE_SLICE === 0) yield undefined;
      if (entry.dead || entry.time >= limit) continue;
      handle.wrapTimingOut(entry.key, entry.value);
      const result = this.#call(time, entry.key, null, handle);
      if (result !== undefined && (this.#keepsNull || result !== null)) out.push(result);
      state.kill(entry);
    }
  }
}
