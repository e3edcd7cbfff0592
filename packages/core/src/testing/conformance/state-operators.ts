import { StateSpec } from '../../api/state-spec.ts';
import { milliseconds, seconds, type Time } from '../../api/time.ts';
import type { State } from '../../state/state.ts';
import type { Operators } from './operators.ts';

const total = (values: readonly number[], sum: number | null) => values.reduce((a, b) => a + b, sum ?? 0);

/** Keys that get too large are dropped and may come back. */
const bounded = (values: readonly number[], sum: number | null) => {
  const next = total(values, sum);
  return next > 1 ? null : next;
};

const running = (key: string, value: number | null, state: State<number>): [string, number] => {
  const next = (value ?? 0) + (state.getOption() ?? 0);
  state.update(next);
  return [key, next];
};

/** Removes a key at its second record, reports one that times out. */
const lifecycle = (time: Time, key: string, value: number | null, state: State<number>): string | null => {
  if (state.isTimingOut()) return `${key} timed out at ${time.milliseconds} with ${state.get()}`;
  if (!state.exists()) {
    state.update(value ?? 0);
    return null;
  }
  if (key === 'a') state.remove();
  return `${key} again`;
};

const initial: [string, number][] = [
  ['a', 100],
  ['z', 200],
];

/** Operators with memory. */
export const stateOperators: Operators = {
  updateStateByKey: ({ pairs }) => pairs.updateStateByKey<string, number, number>(total),
  'updateStateByKey, keys that go': ({ pairs }) => pairs.updateStateByKey<string, number, number>(bounded),
  'updateStateByKey, initial state': ({ pairs }) =>
    pairs.updateStateByKey<string, number, number>(total, { initialState: initial }),
  updateStateByKeyWithTime: ({ pairs }) =>
    pairs.updateStateByKeyWithTime<string, number, number>((time, key, values, state) =>
      values.length === 0 ? state : time.milliseconds + key.length,
    ),
  updateStateByKeyPartitions: ({ pairs }) =>
    pairs.updateStateByKeyPartitions<string, number, number>((entries) =>
      [...entries].map(([key, values, state]): [string, number] => [key, total(values, state)]),
    ),
  mapWithState: ({ pairs }) => pairs.mapWithState(StateSpec.function(running)),
  'mapWithState, initial state': ({ pairs }) =>
    pairs.mapWithState(StateSpec.function(running).initialState(initial).numPartitions(2)),
  'mapWithState, removal and timeout': ({ pairs }) =>
    pairs.mapWithState(StateSpec.function(lifecycle).timeout(seconds(2)), { timeoutCheckInterval: seconds(2) }),
  stateSnapshots: ({ pairs }) => pairs.mapWithState(StateSpec.function(running).initialState(initial)).stateSnapshots(),
  dedupe: ({ pairs }) => pairs.dedupe(([key]) => key, { ttl: seconds(2) }),
  'dedupe, by keys that are objects, over a time that is no multiple of the interval': ({ pairs }) =>
    pairs.dedupe(([key, value]) => ({ key, much: value > 0.3 }), { ttl: milliseconds(1500), numPartitions: 3 }),
  'state of state, deduplicated': ({ pairs }) =>
    pairs.mapWithState(StateSpec.function(running)).dedupe(([, sum]) => sum % 3, { ttl: seconds(3), numPartitions: 2 }),
  'state of state': ({ pairs }) =>
    pairs.updateStateByKey<string, number, number>(total).mapWithState(StateSpec.function(running)),
};
