import { expect, test } from 'vitest';
import type { BackendSession } from '../backend/contract.ts';
import { hashPartitioner } from '../data/partitioner.ts';
import { runAction } from './action-runner.ts';
import { FunctionScope } from './function-scope.ts';
import { ProgramRegistry } from './program-registry.ts';
import { emptyKept } from './rdd-node.ts';
import { sourceRdd, stateRdd } from './rdd-ops.ts';
import type { StageGraph } from './stage-graph.ts';

const scope = (time: number) => new FunctionScope({ id: 'pairs', operator: 'pairs', time, functions: [] });

test('a pane that a window has missed, and that died with its worker, is computed again', async () => {
  const pane = sourceRdd(scope(2000), [{ kind: 'live', records: [['a', 1]] }]);
  pane.kept = emptyKept(1);
  pane.kept.handles[0] = { slot: 0, epoch: 0, key: 'pane', count: 1 };
  const missed = new Map([[1000, [[2000, pane]] as const]]);
  const window = stateRdd(
    scope(3000),
    {
      node: 'window',
      parents: [],
      initial: null,
      action: { time: 3000, entering: [] },
      late: (base) => missed.get(base ?? 0) ?? [],
    },
    hashPartitioner(1),
    true,
  );
  const graphs: StageGraph[] = [];
  const session = {
    losses: 1,
    holds: () => false,
    release: () => {},
    run: async (graph: StageGraph) => {
      graphs.push(graph);
      return { partitions: [], stages: [], accumulated: [] };
    },
  };
  await runAction(
    session as unknown as BackendSession,
    window,
    { kind: 'none' },
    { registry: new ProgramRegistry(), time: 3000, broadcasts: new Map(), baseOf: () => 1000 },
  );
  const inputs = graphs.flatMap(({ stages }) => stages.flatMap(({ tasks }) => tasks.flatMap((task) => task.inputs)));
  expect(inputs.map(({ kind }) => kind)).toEqual(['live']);
});
