import { lookupKey } from '../../../packages/core/src/data/key.ts';
import { KeyedState } from '../../../packages/core/src/state/keyed-state.ts';
import { MapWithStateLogic } from '../../../packages/core/src/state/map-with-state.ts';
import type { State } from '../../../packages/core/src/state/state.ts';
import { checkBatch, checkSame } from '../check.ts';
import { functionOf } from '../expression.ts';
import type { Vector } from '../format.ts';

type Row = readonly [key: unknown, state: unknown, timeMs: number];

/** One batch of `mapWithState` on states that are there already. */
export async function runStateUpdate(vector: Vector): Promise<void> {
  const { batchTimeMs, timeoutThresholdMs, fullScan, initialState } = vector.params as {
    batchTimeMs: number;
    timeoutThresholdMs: number | null;
    fullScan: boolean;
    initialState: readonly Row[];
  };
  const seen = new Sightings(functionOf(vector.fn, 'fn'));
  const logic = new MapWithStateLogic(seen.call, {
    advanced: true,
    timeout: timeoutThresholdMs !== null,
    operator: 'mapWithState',
  });
  const state = new KeyedState();
  const before = batchTimeMs - 1;
  state.begin({ time: before, base: null }, 'vector', 0);
  for (const [key, value, time] of initialState) state.put(state.find(key), key, value, time);
  const action = { time: batchTimeMs, base: before, expireBefore: fullScan ? timeoutThresholdMs : null };
  state.begin(action, 'vector', 0);
  const records = vector.inputs as [unknown, unknown][];
  const columns = [{ keys: records.map(([key]) => key), values: records.map(([, value]) => value) }];
  const work = logic.apply(state, action, [columns], null);
  let step = work.next();
  while (!step.done) step = work.next();

  const expected = vector.expected as Record<string, unknown>;
  const actual: Record<string, unknown> = { ...seen.report(), states: rowsOf(state), mapped: step.value };
  for (const [name, value] of Object.entries(expected)) {
    if (Array.isArray(value) && Array.isArray(actual[name]))
      checkBatch(actual[name], value, name, { unordered: vector.unordered });
    else checkSame(actual[name], value, name);
  }
}

/** All living keys with state and update time. */
export function rowsOf(state: KeyedState): Row[] {
  return [...state.entries.values()].filter((e) => !e.dead).map(({ key, value, time }) => [key, value, time]);
}

/** What the function was called with, and what it did. */
class Sightings {
  readonly call: (time: number, key: unknown, value: unknown, state: State<unknown>) => unknown;
  readonly #touched = new Map<unknown, unknown>();
  readonly #timingOut: unknown[] = [];
  readonly #removed: unknown[] = [];
  #calls = 0;

  constructor(fn: (...args: unknown[]) => unknown) {
    this.call = (time, key, value, state) => {
      this.#calls += 1;
      if (state.isTimingOut()) this.#timingOut.push(state.get());
      else this.#touched.set(lookupKey(key), key);
      const before = state.getOption();
      const had = state.exists();
      const result = fn(time, key, value, state);
      if (had && !state.exists()) this.#removed.push(before);
      return result;
    };
  }

  report(): Record<string, unknown> {
    const touchedKeys = [...this.#touched.values()];
    return { functionCalled: this.#calls > 0, touchedKeys, timingOut: this.#timingOut, removed: this.#removed };
  }
}
