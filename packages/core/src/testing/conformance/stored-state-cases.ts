import type { ExecutionBackend } from '../../backend/contract.ts';
import { memoryStore } from '../../checkpoint/memory-store.ts';
import type { ConformanceCase } from '../cases.ts';
import { inlineBackend } from '../inline-backend.ts';
import { casesOn } from './cases-on.ts';
import { same } from './expect.ts';
import type { Sample } from './operators.ts';
import { run } from './run-job.ts';

const SCENARIO = { group: 'scenario', operator: 'state in the store' };

/** State that lies in the checkpoint's store: slots ask the driver for it. */
export function storedStateCases(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  const on = casesOn(makeBackend);
  const checkpointed = (backend: ExecutionBackend, pairs?: readonly (readonly Sample[])[], maxTaskFailures = 1) =>
    run(
      backend,
      { ...SCENARIO, ...(pairs === undefined ? {} : { pairs }) },
      { checkpoint: memoryStore(), maxTaskFailures },
    );
  return [
    on('state in the store gives what it gives in the calling thread', async (backend) => {
      const expected = await checkpointed(inlineBackend());
      const outcome = await checkpointed(backend);
      same(outcome.failure, null, 'failure');
      same(outcome.outputs, expected.outputs, 'outputs');
    }),
    on('state in the store counts once when a task is tried again', async (backend) => {
      const pairs: readonly (readonly Sample[])[] = [
        [
          ['a', 1],
          ['flaky', 2],
        ],
        [
          ['flaky', 3],
          ['a', 4],
          ['b', 5],
        ],
        [['flaky', 6]],
      ];
      const { outputs, failure } = await checkpointed(backend, pairs, 2);
      same(failure, null, 'failure');
      const sums = outputs.map(({ records }) => Object.fromEntries(records as [string, number][]));
      same(sums, [{ a: 1, flaky: 2 }, { flaky: 5, a: 5, b: 5 }, { flaky: 11 }], 'sums');
    }),
  ];
}
