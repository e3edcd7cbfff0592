import {
  type DStream,
  type MapWithStateDStream,
  milliseconds,
  type Pair,
  type State,
  StateSpec,
  type Time,
} from '../../../packages/core/src/index.ts';
import { functionOf } from '../expression.ts';
import type { Stage } from '../format.ts';

type Pairs = DStream<Pair<unknown, unknown>>;
type Key = unknown;

/** The stage `updateStateByKey` in its three forms. */
export function updateStage(stream: Pairs, stage: Stage): DStream<unknown> {
  const fn = functionOf(stage.fn, 'fn');
  const { initialState, numPartitions, rememberPartitioner } = stage;
  const options = { ...(initialState === undefined ? {} : { initialState }), numPartitions };
  switch (stage.fnKind ?? 'values-state') {
    case 'values-state':
      return stream.updateStateByKey<Key, unknown, unknown>((values, state) => fn(values, state), options);
    case 'time-key-values-state':
      return stream.updateStateByKeyWithTime<Key, unknown, unknown>(
        (time, key, values, state) => fn(time.milliseconds, key, values, state),
        options,
      );
    case 'iterator':
      return stream.updateStateByKeyPartitions<Key, unknown, unknown>((entries) => fn([...entries]), {
        ...options,
        ...(rememberPartitioner === undefined ? {} : { rememberPartitioner }),
      });
    default:
      throw new TypeError(`updateStateByKey has no form ${stage.fnKind}`);
  }
}

/** The stage `mapWithState`. */
export function mapWithStateStage(stream: Pairs, stage: Stage): MapWithStateDStream<unknown, unknown, unknown> {
  const fn = functionOf(stage.fn, 'fn');
  const { initialState, numPartitions, timeoutMs, checkpointIntervalMs } = stage;
  type Spec = StateSpec<Key, unknown, unknown, unknown>;
  let spec: Spec =
    stage.fnKind === 'advanced'
      ? StateSpec.function((time: Time, key: Key, value: unknown, state: State<unknown>): unknown =>
          fn(time.milliseconds, key, value, state),
        )
      : StateSpec.function((key: Key, value: unknown, state: State<unknown>): unknown => fn(key, value, state));
  if (initialState !== undefined) spec = spec.initialState(initialState);
  if (numPartitions !== undefined) spec = spec.numPartitions(numPartitions);
  if (timeoutMs !== undefined && timeoutMs !== null) spec = spec.timeout(milliseconds(timeoutMs));
  const mapped = stream.mapWithState(spec);
  return checkpointIntervalMs === undefined ? mapped : mapped.checkpoint(milliseconds(checkpointIntervalMs));
}
