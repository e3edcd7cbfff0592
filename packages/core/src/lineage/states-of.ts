import type { StageGraph } from './stage-graph.ts';

/** Names of the stateful nodes that a graph changes. */
export function statesOf(graph: StageGraph): ReadonlySet<string> {
  const states = new Set<string>();
  for (const stage of graph.stages) for (const task of stage.tasks) for (const state of task.states) states.add(state);
  return states;
}
