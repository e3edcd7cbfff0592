import type { BatchPlanner } from '../../lineage/batch-planner.ts';
import type { RddNode } from '../../lineage/rdd-node.ts';
import { sourceRdd, stateRdd, unionRdd } from '../../lineage/rdd-ops.ts';
import { type AggregateHeld, AggregateWindowLogic, ReduceWindowLogic } from '../../state/window-state.ts';
import type { Operator, PlanNode } from '../node.ts';
import { partitionerOf } from '../partitioning.ts';
import { INVERTIBLE_WINDOW, WINDOW } from './properties.ts';

const windowMs = (node: PlanNode) => node.params.windowMs as number;

/** The batches with t - window < time <= t, oldest first (R22). Missing batches are skipped (R4). */
export const window: Operator = {
  kind: 'window',
  properties: WINDOW,
  keepsInput: true,
  inputRetentionMs: windowMs,
  lower(node, time, planner) {
    const [input] = node.inputs;
    const batches = panesOf(input, time - windowMs(node), time, planner).map(([, rdd]) => rdd);
    const scope = planner.scope(node, time);
    return batches.length === 0 ? sourceRdd(scope, []) : unionRdd(scope, batches);
  },
};

/**
 * `reduceByKeyAndWindow` with inverse, over a stream that is reduced for each batch. Functions: reduce, inverse, and the
 * filter if there is one.
 *
 *     previous window  ├──────────────┤
 *     this window          ├──────────────┤
 *                      └┬─┘            └┬─┘
 *                    leaving        entering
 */
export const reducedWindow: Operator = {
  kind: 'reduceByKeyAndWindow',
  properties: INVERTIBLE_WINDOW,
  keepsPanes: true,
  inputRetentionMs: windowMs,
  lower(node, time, planner) {
    return slide(node, time, planner.grid.floor(node, time - 1), planner.zeroTime, planner);
  },
  stateLogic(node) {
    const [reduce, inverse] = node.functions;
    const filter = node.params.filtered === true ? node.functions[2] : null;
    return new ReduceWindowLogic({ reduce, inverse, filter }, node.name);
  },
};

/** `aggregateByKeyAndWindow` of an aggregate that can subtract. Functions: create, merge, subtract, finish. */
export const aggregatedWindow: Operator = {
  kind: 'aggregateByKeyAndWindow',
  properties: INVERTIBLE_WINDOW,
  keepsPanes: true,
  inputRetentionMs: windowMs,
  lower(node, time, planner) {
    const before = planner.grid.floor(node, time - 1);
    // Unlike Spark's inverse window, batches in a gap between windows never enter.
    return slide(node, time, before, time - windowMs(node), planner);
  },
  stateLogic(node) {
    const [create, merge, subtract, finish] = node.functions;
    return new AggregateWindowLogic({ create, merge, subtract, finish });
  },
  stateValue(node, held) {
    return node.functions[3]((held as AggregateHeld).accumulator);
  },
};

function slide(node: PlanNode, time: number, before: number, notBefore: number, planner: BatchPlanner): RddNode {
  const [input] = node.inputs;
  const entering = panesOf(input, Math.max(before, notBefore), time, planner);
  const scope = planner.scope(node, time);
  const { partitioner } = partitionerOf(node, scope, planner.defaultParallelism);
  return stateRdd(
    scope,
    {
      node: node.name,
      parents: entering.map(([, rdd]) => rdd),
      initial: null,
      action: {
        time,
        entering: entering.map(([t]) => t),
        leaveUpTo: time - windowMs(node),
      },
      // A window whose time was left out, or whose batch has failed, has not taken its panes in.
      late: (base) =>
        panesOf(input, Math.max(base ?? planner.zeroTime, time - windowMs(node)), Math.max(before, notBefore), planner),
    },
    partitioner,
    true,
  );
}

/** Batches of a stream in (from, to] that exist, with their times. */
function panesOf(input: PlanNode, from: number, to: number, planner: BatchPlanner): [number, RddNode][] {
  const panes: [number, RddNode][] = [];
  for (const t of planner.grid.times(input, from, to)) {
    const rdd = planner.rdd(input, t);
    if (rdd !== null) panes.push([t, rdd]);
  }
  return panes;
}
