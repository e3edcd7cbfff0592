import { lookupKey, storableKey } from '../data/key.ts';
import { describe, error } from '../errors/index.ts';
import type { AnyFunction } from '../lineage/function-scope.ts';
import type { StateAction } from '../lineage/rdd-node.ts';
import { checkNotPromise, spread } from '../task/checks.ts';
import type { Columns } from '../task/columns.ts';
import type { Sliced } from '../task/slices.ts';
import type { KeyedState } from './keyed-state.ts';
import type { StateEntry } from './state-entry.ts';
import { fillInitial, STATE_SLICE, type StateLogic } from './state-logic.ts';

/** The three forms of the update function (R36). */
export type UpdateForm = 'values-state' | 'time-key-values-state' | 'iterator';

/**
 * `updateStateByKey`: every batch, for the union of known keys and keys with data (R32): known keys in their order, then
 * new ones. null or undefined drops the key. Every known key is emitted every batch (R33).
 */
export class UpdateStateLogic implements StateLogic {
  readonly #fn: AnyFunction;
  readonly #form: UpdateForm;
  readonly #operator: string;

  /** @param fn for the iterator form with two sides, the second is the state laid out anew, since keys may change */
  constructor(fn: AnyFunction, form: UpdateForm, operator: string) {
    this.#fn = fn;
    this.#form = form;
    this.#operator = operator;
  }

  *apply(
    state: KeyedState,
    action: StateAction,
    sides: readonly (readonly Columns[])[],
    initial: readonly Columns[] | null,
  ): Sliced<unknown[]> {
    const { time } = action;
    if (action.base === null) fillInitial(state, initial, time);
    const fresh = yield* groupValues(sides.slice(0, 1));
    if (this.#form === 'iterator') {
      if (sides.length === 2 && action.base !== null) replace(state, sides[1], time);
      return this.#iterate(state, time, fresh);
    }
    const call: (key: unknown, values: unknown[], before: unknown) => unknown =
      this.#form === 'values-state'
        ? (_key, values, before) => this.#fn(values, before)
        : (key, values, before) => this.#fn(time, key, values, before);
    let seen = 0;
    for (const entry of state.entries.values()) {
      seen += 1;
      if (seen % STATE_SLICE === 0) yield undefined;
      const group = fresh.size === 0 ? undefined : fresh.get(lookupKey(entry.key));
      if (group !== undefined) group.seen = true;
      if (entry.dead) {
        if (group === undefined) continue;
        group.seen = false;
        continue;
      }
      const after = call(entry.key, group === undefined ? [] : group.values, entry.value);
      checkNotPromise(after, this.#operator);
      if (after === null || after === undefined) state.kill(entry);
      // What is as it was is not written again. An object that got data may have been changed in place.
      else if (after !== entry.value || (group !== undefined && typeof after === 'object'))
        state.put(entry, entry.key, after, time);
    }
    for (const group of fresh.values()) {
      if (group.seen) continue;
      const after = call(group.key, group.values, null);
      checkNotPromise(after, this.#operator);
      if (after !== null && after !== undefined) state.put(state.find(group.key), group.key, after, time);
    }
    return state.pairs();
  }

  /** The function sees all keys of the partition at once and may rename them; what it yields is the new state. */
  #iterate(state: KeyedState, time: number, fresh: Map<unknown, Group>): unknown[] {
    const rows: [unknown, unknown[], unknown][] = [];
    for (const entry of state.entries.values()) {
      if (entry.dead) continue;
      const group = fresh.get(lookupKey(entry.key));
      if (group !== undefined) group.seen = true;
      rows.push([entry.key, group === undefined ? [] : group.values, entry.value]);
    }
    for (const group of fresh.values()) if (!group.seen) rows.push([group.key, group.values, null]);
    const result = this.#fn(rows.values());
    const pairs = Array.isArray(result) ? result : spread(result, this.#operator);
    const before: StateEntry[] = [...state.entries.values()];
    const kept = new Set<unknown>();
    for (const pair of pairs) {
      if (!Array.isArray(pair) || pair.length !== 2)
        throw error('MR_NOT_A_PAIR', { operator: this.#operator, found: describe(pair) });
      kept.add(lookupKey(pair[0]));
    }
    for (const entry of before) if (!kept.has(lookupKey(entry.key))) state.kill(entry);
    for (const [key, value] of pairs) state.put(state.find(key), key, value, time);
    return pairs as unknown[];
  }
}

interface Group {
  readonly key: unknown;
  readonly values: unknown[];
  seen: boolean;
}

/** The group of a key that was not found as it came: it may be one that a checkpoint cannot keep as it is. */
function groupOf(groups: Map<unknown, Group>, key: unknown): Group {
  const id = lookupKey(key);
  let group = groups.get(id);
  if (group === undefined) {
    group = { key, values: [], seen: false };
    groups.set(id, group);
  }
  return group;
}

/** Makes the pairs of other partitions' state this partition's state. */
function replace(state: KeyedState, pieces: readonly Columns[], time: number): void {
  for (const entry of state.entries.values()) state.kill(entry);
  for (const { keys, values } of pieces) {
    for (let i = 0; i < keys.length; i++) state.put(state.find(keys[i]), keys[i], values[i], time);
  }
}

function* groupValues(sides: readonly (readonly Columns[])[]): Sliced<Map<unknown, Group>> {
  const groups = new Map<unknown, Group>();
  for (const pieces of sides) {
    for (const { keys, values } of pieces) {
      for (let i = 0; i < keys.length; i++) {
        const id = lookupKey(keys[i]);
        const group = groups.get(id) ?? groupOf(groups, storableKey(keys[i]));
        group.values.push(values[i]);
      }
      yield undefined;
    }
  }
  return groups;
}
