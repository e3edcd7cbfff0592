import { type ForcedPlacement, forcePlacement } from '../../api/state-placements.ts';
import type { ExecutionBackend } from '../../backend/contract.ts';
import type { StateMove } from '../../skew/state-move.ts';
import { collectOutputs, runBatches } from '../run-batches.ts';
import { same } from './expect.ts';
import type { Sample } from './operators.ts';
import { load } from './run-job.ts';

/** What a job gave. Records of a batch in any order, since they come partition after partition. */
export interface Seen {
  readonly outputs: readonly { readonly time: number; readonly records: readonly string[] }[];
  readonly failed: readonly number[];
  readonly moves: readonly StateMove[];
  /** After each batch, all keys with their state, of all nodes that have any. */
  readonly states: readonly (readonly string[])[];
}

/** How a job is run. */
export interface Way {
  readonly skew: 'auto' | 'hash';
  readonly operator: string;
  readonly pairs: readonly (readonly Sample[])[];
  /** Where states lie; null: where their load has them. */
  readonly placement: ForcedPlacement | null;
  readonly options?: Parameters<typeof load>[2];
}

/** Runs an operator of `movedStateOperators`, and reads its state after each batch. */
export async function seeState(backend: ExecutionBackend, way: Way): Promise<Seen> {
  const { skew, operator, pairs, placement, options = {} } = way;
  const job = { group: `moved: ${skew}`, operator, pairs, numInputPartitions: 2 };
  const { ssc, clock, stream } = await load(backend, job, options);
  if (placement !== null) forcePlacement(ssc, placement);
  const moves: StateMove[] = [];
  const failed: number[] = [];
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo }) => {
      moves.push(...(batchInfo.tasks?.stateMoves ?? []));
      if ([...batchInfo.outputOperationInfos.values()].some(({ failureReason }) => failureReason !== null))
        failed.push(batchInfo.batchTime);
    },
  });
  const names = ssc.plan.nodes.filter((n) => n.operator.stateLogic !== undefined).map((n) => n.name);
  const outputs = collectOutputs(stream, 'collected');
  const states: string[][] = [];
  await ssc.start();
  for (let batch = 0; batch < pairs.length; batch++) {
    await runBatches(ssc, clock, 1);
    const found: string[] = [];
    for (const name of names) {
      const state = ssc.state(name);
      const entries = await state.entries({ limit: 10_000 });
      for (const [key, value] of entries) {
        same(await state.get(key), value, `the state of ${JSON.stringify(key)} in ${name}, which lists it`);
        found.push(JSON.stringify([name, key, value]));
      }
    }
    states.push(found.sort());
  }
  await ssc.stop();
  await ssc.awaitTermination().catch(() => {});
  const shown = outputs.map(({ time, records }) => ({ time, records: records.map((r) => JSON.stringify(r)).sort() }));
  return { outputs: shown, failed, moves, states };
}
