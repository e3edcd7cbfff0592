import { type BucketTable, homeTable, sameTable } from '../../data/bucket-table.ts';
import type { BatchPlanner } from '../../lineage/batch-planner.ts';
import type { FunctionScope } from '../../lineage/function-scope.ts';
import type { RddNode, StateMoves } from '../../lineage/rdd-node.ts';
import {
  movingStateRdd,
  partitionByRdd,
  snapshotRdd,
  sourceRdd,
  stateBeforeRdd,
  stateRdd,
  stepRdd,
} from '../../lineage/rdd-ops.ts';
import { DedupeLogic } from '../../state/dedupe.ts';
import { MapWithStateLogic } from '../../state/map-with-state.ts';
import { type UpdateForm, UpdateStateLogic } from '../../state/update-state.ts';
import type { Operator, PlanNode } from '../node.ts';
import { statePartitioner } from '../state-placement.ts';
import { STATE, STATE_BY_KEY } from './properties.ts';

/** What the fluent layer registers when a state has initial pairs: their lineage. */
export type InitialPairs = (scope: FunctionScope) => RddNode;

/** Runs for the union of known keys and keys with data, every batch, also without a batch from the source (R32–R35). */
export const updateStateByKey: Operator = {
  kind: 'updateStateByKey',
  properties: STATE_BY_KEY,
  lower(node, time, planner) {
    const parent = planner.rdd(node.inputs[0], time);
    // Without data and without state before there is no batch, and the initial state waits (R34).
    if (parent === null && !planner.hasState(node)) return null;
    return lowerState(node, time, parent, planner, node.params.rememberPartitioner !== false);
  },
  stateLogic(node) {
    return new UpdateStateLogic(node.functions[0], node.params.form as UpdateForm, node.name);
  },
  keysMayStray(node) {
    return node.params.form === 'iterator';
  },
  movesState(node) {
    // Keys that the function has made anew lie where it has made them.
    return node.params.form !== 'iterator' || node.params.rememberPartitioner === false;
  },
};

/** Runs once for each record; a missing batch is an empty one (R4, R40). */
export const mapWithState: Operator = {
  kind: 'mapWithState',
  properties: STATE,
  lower(node, time, planner) {
    const parent = planner.rdd(node.inputs[0], time);
    return lowerState(node, time, parent, planner, false, expiry(node, time, planner));
  },
  stateLogic(node) {
    const { advanced, timeoutMs, cacheKeys } = node.params as {
      advanced: boolean;
      timeoutMs: number | null;
      cacheKeys?: number;
    };
    return new MapWithStateLogic(node.functions[0], {
      advanced,
      timeout: timeoutMs !== null,
      stored: cacheKeys === undefined ? null : { cacheKeys, timed: timeoutMs !== null },
      operator: node.name,
    });
  },
  movesState: () => true,
};

/** The first record of each key passes; function 0 makes `[key, record]`. A missing batch is an empty one (R4). */
export const dedupe: Operator = {
  kind: 'dedupe',
  properties: STATE,
  keepsPanes: true,
  lower(node, time, planner) {
    const parent = planner.rdd(node.inputs[0], time);
    const scope = planner.scope(node, time);
    const pairs = parent === null ? null : stepRdd(scope, parent, 'map', scope.at(0));
    // Keys of batches at or before `time - ttl` expire, and may pass again in this batch.
    return lowerState(node, time, pairs, planner, false, time - (node.params.ttlMs as number) + 1, scope);
  },
  stateLogic() {
    return new DedupeLogic();
  },
  movesState: () => true,
};

/** All `[key, state]` after each batch of a mapWithState stream, its only input. */
export const stateSnapshots: Operator = {
  kind: 'stateSnapshots',
  properties: STATE,
  lower(node, time, planner) {
    const [input] = node.inputs;
    const mapped = planner.rdd(input, time);
    if (mapped === null) return null;
    const { partitioner } = statePartitioner(input, mapped.scope, planner, time);
    return snapshotRdd(planner.scope(node, time), mapped, input.name, partitioner);
  },
  laidOutLike: (node) => node.inputs[0],
};

/** Expired keys are looked for in each batch at, or next after, a multiple of the check interval from the zero time (R45). */
function expiry(node: PlanNode, time: number, planner: BatchPlanner): number | null {
  const { timeoutMs, checkIntervalMs } = node.params as { timeoutMs: number | null; checkIntervalMs: number };
  if (timeoutMs === null) return null;
  const interval = planner.checkpointIntervalOf(node) ?? checkIntervalMs;
  const checks = (t: number) => Math.floor((t - planner.zeroTime) / interval);
  if (checks(time) === checks(planner.grid.floor(node, time - 1))) return null;
  return time - timeoutMs;
}

function lowerState(
  node: PlanNode,
  time: number,
  parent: RddNode | null,
  planner: BatchPlanner,
  keepsPartitioning: boolean,
  expireBefore: number | null = null,
  scope: FunctionScope = planner.scope(node, time),
): RddNode {
  const { partitioner, ref } = statePartitioner(node, scope, planner, time);
  const { numPartitions } = partitioner;
  const initialAt = node.params.initial as number | null;
  const initial =
    planner.stateBase(node.name) === null && initialAt !== null
      ? partitionByRdd(scope, (node.functions[initialAt] as InitialPairs)(scope), partitioner, ref)
      : null;
  planner.noteState(node);
  const leastStep = planner.leastStepOf(node.name);
  const table = planner.tableAt(node.name, time);
  const load =
    leastStep === null ? null : ({ kind: 'load', table: table ?? homeTable(numPartitions), leastStep } as const);
  const parents = [partitionByRdd(scope, parent ?? sourceRdd(scope, []), partitioner, ref, { places: load })];
  const laidOutAnew = node.params.rememberPartitioner === false;
  if (laidOutAnew) {
    // Keys may have changed in the last batch: their state goes to the partition of the new key first.
    parents.push(partitionByRdd(scope, stateBeforeRdd(scope, node.name, numPartitions), partitioner, ref));
  }
  return stateRdd(
    scope,
    {
      node: node.name,
      parents,
      initial,
      action: { time, expireBefore },
      ...(laidOutAnew || partitioner.kind === 'custom'
        ? {}
        : { moves: movesTo(node, scope, table, numPartitions, planner) }),
    },
    partitioner,
    keepsPartitioning,
  );
}

/**
 * What of a state has to move before a batch goes on with it, given where the state is: known when the batch is cut into stages, since the
 * batch that was to move it may have failed. The same lineage for the same place, whoever asks.
 */
function movesTo(
  node: PlanNode,
  scope: FunctionScope,
  to: BucketTable | null,
  numPartitions: number,
  planner: BatchPlanner,
): (base: number | null) => StateMoves | null {
  const known: StateMoves[] = [];
  return (base) => {
    const from = base === null ? to : planner.tableAt(node.name, base);
    // As a rule they are the same object, or both of them none.
    if (from === to) return null;
    const home = homeTable(numPartitions);
    const moves = { from: from ?? home, to: to ?? home };
    if (sameTable(moves.from, moves.to)) return null;
    const before = known.find((found) => sameTable(found.moves.from, moves.from));
    if (before !== undefined) return before;
    const made = { arriving: movingStateRdd(scope, node.name, numPartitions, moves), moves };
    known.push(made);
    return made;
  };
}
