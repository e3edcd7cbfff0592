import { StateSpec } from '../../api/state-spec.ts';
import { seconds, type Time } from '../../api/time.ts';
import type { StatePlacement } from '../../plan/state-placement.ts';
import type { State } from '../../state/state.ts';
import type { Operators } from './operators.ts';
import { refuseOnce, refuseRecord } from './scenarios.ts';

const total = (values: readonly number[], sum: number | null) => values.reduce((a, b) => a + b, sum ?? 0);

/** Keys that get too large are dropped and may come back. */
const bounded = (values: readonly number[], sum: number | null) => {
  const next = total(values, sum);
  return next > 60 ? null : next;
};

const running = (key: string, value: number | null, state: State<number>): [string, number] => {
  const next = (value ?? 0) + (state.getOption() ?? 0);
  state.update(next);
  return [key, next];
};

/** Tells what it sees, removes a key when its sum is a multiple of five, and reports those that time out. */
const lifecycle = (time: Time, key: string, value: number | null, state: State<number>): string => {
  if (state.isTimingOut()) return `${key} timed out at ${time.milliseconds} with ${state.get()}`;
  const next = (value ?? 0) + (state.getOption() ?? 0);
  if (next % 5 === 0) state.remove();
  else state.update(next);
  return `${key}: ${next}`;
};

/** A key with another one's name: each has one. */
const renamed = (key: string): string => (key === 'k7' ? 'k8' : key === 'k8' ? 'k7' : key);

const initial = Array.from({ length: 40 }, (_, i): [string, number] => [`k${2 * i}`, 1000 + i]);

/** Operators whose state may move: each of their results is about a key, so that it is the same wherever that lies. */
export function movedStateOperators(skew: StatePlacement): Operators {
  return {
    updateStateByKey: ({ pairs }) => pairs.updateStateByKey<string, number, number>(total, { skew }),
    'updateStateByKey, keys that go': ({ pairs }) =>
      pairs.updateStateByKey<string, number, number>(bounded, { skew, initialState: initial }),
    updateStateByKeyWithTime: ({ pairs }) =>
      pairs.updateStateByKeyWithTime<string, number, number>(
        (time, key, values, state) => (values.length === 0 ? state : time.milliseconds + key.length),
        { skew, numPartitions: 5 },
      ),
    'updateStateByKeyPartitions, keys that change': ({ pairs }) =>
      pairs.updateStateByKeyPartitions<string, number, number>(
        (entries) => [...entries].map(([key, values, state]): [string, number] => [renamed(key), total(values, state)]),
        { skew, rememberPartitioner: false },
      ),
    mapWithState: ({ pairs }) => pairs.mapWithState(StateSpec.function(running).skew(skew)),
    'mapWithState, timeout, removal and initial state': ({ pairs }) =>
      pairs.mapWithState(StateSpec.function(lifecycle).timeout(seconds(3)).initialState(initial).skew(skew), {
        timeoutCheckInterval: seconds(1),
      }),
    stateSnapshots: ({ pairs }) =>
      pairs.mapWithState(StateSpec.function(lifecycle).timeout(seconds(5)).skew(skew)).stateSnapshots(),
    'stateSnapshots, by key': ({ pairs }) =>
      pairs
        .mapWithState(StateSpec.function(running).numPartitions(2).skew(skew))
        .stateSnapshots()
        .reduceByKey((a, b) => a + b, { numPartitions: 4 }),
    // Inside of a transformation nobody asks whether an operator relies on where keys lie.
    'stateSnapshots, joined in a transformation': ({ pairs }) =>
      pairs
        .mapWithState(StateSpec.function(running).skew(skew))
        .stateSnapshots()
        .transformWith(
          pairs.reduceByKey((a, b) => a + b),
          (states, sums) => states.join(sums),
        ),
    'stateSnapshots, joined to what lies there in a transformation': ({ pairs }) =>
      pairs
        .reduceByKey((a, b) => a + b)
        .transformWith(pairs.mapWithState(StateSpec.function(running).skew(skew)).stateSnapshots(), (sums, states) =>
          sums.join(states),
        ),
    dedupe: ({ pairs }) => pairs.map(([key]) => key).dedupe((key) => key, { ttl: seconds(3), skew }),
    'dedupe, by keys that are objects': ({ pairs }) =>
      pairs
        .map(([key, value]) => [key, value % 2])
        .dedupe(([key, odd]) => ({ key, odd }), { ttl: seconds(5), numPartitions: 4, skew }),
    'state of state': ({ pairs }) =>
      pairs
        .updateStateByKey<string, number, number>(total, { skew })
        .mapWithState(StateSpec.function(running).numPartitions(4).skew(skew)),
    'state behind a transformation': ({ pairs }) =>
      pairs
        .updateStateByKey<string, number, number>(total, { skew })
        .transform((rdd) => rdd.mapValues((n) => n % 7).reduceByKey((a, b) => a + b)),
    'a function that refuses a record': ({ pairs }) =>
      pairs.mapWithState(
        StateSpec.function((key: string, value: number | null, state: State<number>) => {
          refuseRecord(key);
          refuseOnce(key);
          return running(key, value, state);
        }).skew(skew),
      ),
  };
}
