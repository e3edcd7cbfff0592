import { type BackendSession, SlotLost, StuckTask } from '../backend/contract.ts';
import { error } from '../errors/index.ts';
import { isReady, type StateBase } from './lineage-reads.ts';
import type { Kept, RddNode } from './rdd-node.ts';
import { readBy } from './rdd-parents.ts';
import { type ActionSink, type CutOptions, cutStages } from './stage-cutter.ts';
import type { GraphResult } from './stage-graph.ts';
import { statesOf } from './states-of.ts';
import { TaskAttempts } from './task-attempts.ts';

/** How often an action is begun again when workers die under it. */
const MAX_LOST = 4;

/**
 * Runs an action on a backend: cuts the lineage, runs the graph, and begins again when a worker was lost. What the dead
 * worker kept is computed again from its lineage, first and without counting once more; state it held cannot be, and says so.
 */
export async function runAction(
  session: BackendSession,
  target: RddNode,
  sink: ActionSink,
  options: CutOptions,
): Promise<{ readonly result: GraphResult; readonly states: ReadonlySet<string> }> {
  return againWhenLost(async () => {
    const states = new Set<string>();
    if (session.losses > 0) {
      forgetLost(target, session, options.baseOf);
      for (const node of lostLineage(target, options.baseOf)) {
        // One further in may have had it computed on the way.
        const partitions = lostPartitions(node);
        if (partitions.length > 0)
          await runOnce(session, node, { kind: 'none' }, { ...options, partitions, writes: false }, states);
      }
    }
    const result = await runOnce(session, target, sink, options, states);
    return { result, states };
  });
}

/** @param states gets the names of the stateful nodes that the graph changes */
async function runOnce(
  session: BackendSession,
  target: RddNode,
  sink: ActionSink,
  options: CutOptions,
  states: Set<string>,
): Promise<GraphResult> {
  const attempts = new TaskAttempts(options.attempts);
  const graph = cutStages(target, sink, { ...options, attempts });
  try {
    const result = await session.run(graph);
    attempts.count();
    options.attempts?.takeOver(attempts);
    for (const state of statesOf(graph)) states.add(state);
    return result;
  } catch (e) {
    // What its other tasks have kept did not count: it is computed anew with the rest.
    session.release(attempts.takeKept());
    throw e;
  }
}

/** Does something again when a worker was lost under it. @throws MR_WORKER_LOST, MR_TASK_TIMEOUT when that happens too often */
export async function againWhenLost<R>(work: () => Promise<R>): Promise<R> {
  /** How often tasks have got stuck, by task. */
  const stuck = new Map<string, number>();
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (e) {
      if (e instanceof StuckTask) {
        const times = (stuck.get(e.task) ?? 0) + 1;
        if (!e.mayFail(times)) throw e.failure;
        stuck.set(e.task, times);
        // Who replaced the worker was the engine: it does not count as one that died.
        attempt -= 1;
        continue;
      }
      if (!(e instanceof SlotLost)) throw e;
      if (attempt === MAX_LOST)
        throw error('MR_WORKER_LOST', { slot: e.slot, reason: e.reason, attempts: attempt }, { cause: e });
    }
  }
}

/** Drops handles on partitions that died with their worker, everywhere in a lineage. */
function forgetLost(target: RddNode, session: BackendSession, baseOf: StateBase): void {
  const seen = new Set<RddNode>();
  const visit = (node: RddNode) => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kept !== null) drop(node.kept, session);
    for (const parent of readBy(node, baseOf)) visit(parent);
  };
  visit(target);
}

/** Nodes of what the target reads that had partitions which have counted and are gone, inputs first. */
function lostLineage(target: RddNode, baseOf: StateBase): RddNode[] {
  const lost: RddNode[] = [];
  const seen = new Set<RddNode>();
  const visit = (node: RddNode) => {
    if (seen.has(node) || isReady(node)) return;
    seen.add(node);
    for (const parent of readBy(node, baseOf)) visit(parent);
    if (lostPartitions(node).length > 0) lost.push(node);
  };
  visit(target);
  return lost;
}

function lostPartitions({ kept }: RddNode): number[] {
  if (kept === null || kept.over) return [];
  return kept.handles.flatMap((handle, p) => (handle === null && kept.counted[p] ? [p] : []));
}

function drop(kept: Kept, session: BackendSession): void {
  kept.handles.forEach((handle, i) => {
    if (handle !== null && !session.holds(handle)) kept.handles[i] = null;
  });
}
