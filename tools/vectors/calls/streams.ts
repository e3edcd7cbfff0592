import { compareValues, hashPartitioner, milliseconds } from '../../../packages/core/src/index.ts';
import { FixedGrid } from '../../../packages/core/src/lineage/time-grid.ts';
import type { PlanNode } from '../../../packages/core/src/plan/node.ts';
import { defaultCheckpointInterval, rememberDuration } from '../../../packages/core/src/plan/retention.ts';
import { firstTick } from '../../../packages/core/src/schedule/clock.ts';
import { KeyedState } from '../../../packages/core/src/state/keyed-state.ts';
import { MapWithStateLogic } from '../../../packages/core/src/state/map-with-state.ts';
import { TestSource } from '../../../packages/core/src/testing/index.ts';
import { scriptedContext } from '../scripts/scripted.ts';
import { rowsOf } from '../scripts/state-update.ts';
import type { CallTable } from './table.ts';

/** Both kinds of window check their length and slide; "ok", or what they throw. */
function validateWindow(parentSlideMs: number, windowMs: number, slideMs: number): string {
  const window = milliseconds(windowMs);
  const slide = milliseconds(slideMs);
  const pairs = () => new TestSource<[string, number]>(scriptedContext(parentSlideMs).ssc, []);
  let refused: unknown = null;
  try {
    pairs().reduceByKeyAndWindow((a, b) => a + b, window, slide, { inverse: (a, b) => a - b });
  } catch (e) {
    refused = e;
  }
  pairs().window(window, slide);
  if (refused !== null) throw refused;
  return 'ok';
}

/** States that `initialState` makes, by the partitions they go to. */
function fromInitial(pairs: readonly (readonly [unknown, unknown])[], timeMs: number, partitions: number): unknown {
  const partitioner = hashPartitioner(partitions);
  const mapped: unknown[] = [];
  const states = Array.from({ length: partitions }, (_, p) => {
    const own = pairs.filter(([key]) => partitioner.getPartition(key) === p);
    const state = new KeyedState();
    const action = { time: timeMs, base: null };
    state.begin(action, 'vector', 0);
    const initial = [{ keys: own.map(([key]) => key), values: own.map(([, value]) => value) }];
    const work = new MapWithStateLogic(() => null, { advanced: true, timeout: false, operator: 'mapWithState' }).apply(
      state,
      action,
      [[]],
      initial,
    );
    let step = work.next();
    while (!step.done) step = work.next();
    mapped.push(...step.value);
    return rowsOf(state);
  });
  // Partitions have no order that a vector could state; that of the pairs is as good as any.
  const position = ([key]: readonly unknown[]) => pairs.findIndex(([k]) => compareValues(k, key) === 0);
  const inOrder = states.flat().sort((a, b) => position(a) - position(b));
  return { states: inOrder, mapped, partitions: states.length };
}

/** Ids of inputs in the order of construction; "r" are those that receive, "d" those that the driver makes up. */
function inputStreamIds(kinds: readonly string[]): unknown {
  const { ssc } = scriptedContext(1000);
  const inputs = kinds.map((kind) => ({ kind, id: new TestSource(ssc, []).id }));
  const receiverIds = inputs.filter(({ kind }) => kind === 'r').map(({ id }) => id);
  return { ids: inputs.map(({ id }) => id), receiverIds, total: inputs.length, receivers: receiverIds.length };
}

/** Pure functions of planning. */
function isTimeValid(time: number, zeroTime: number, slideMs: number): boolean {
  const grid = new FixedGrid();
  grid.zeroTime = zeroTime;
  return grid.isValid({ slideMs } as PlanNode, time);
}

export const streamCalls: CallTable = {
  'RecurringTimer.startTime': () => (now, period) => firstTick(now as number, period as number),
  'DStream.isTimeValid': () => (time, zero, slide) => isTimeValid(time as number, zero as number, slide as number),
  'DStream.defaultCheckpointInterval': () => (slide) => defaultCheckpointInterval(slide as number),
  'DStream.rememberDuration': () => (slideMs, checkpointMs, explicitMs, neededByChildMs) =>
    rememberDuration({ slideMs, checkpointMs, explicitMs, neededByChildMs } as Parameters<typeof rememberDuration>[0]),
  'window.validate': () => (parent, window, slide) =>
    validateWindow(parent as number, window as number, slide as number),
  inputStreamIds: () => (kinds) => inputStreamIds(kinds as string[]),
  'mapWithState.fromInitial':
    ({ params }) =>
    (pairs, time) =>
      fromInitial(pairs as [unknown, unknown][], time as number, params.numPartitions as number),
};
