import type { ContextOptions } from '../../api/context-options.ts';
import type { ExecutionBackend } from '../../backend/contract.ts';
import type { ConformanceCase } from '../cases.ts';
import { casesOn } from './cases-on.ts';
import { same } from './expect.ts';
import type { Sample } from './operators.ts';
import { type Outcome, run } from './run-job.ts';

const scenario = (operator: string) => ({ group: 'scenario', operator });

/** What is in outputs, without times and partitions. */
const recordsOf = ({ outputs }: Outcome) => outputs.map((o) => o.records);

/** Tasks that are tried again, and batches that are run again. */
export function retryCases(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  return [
    ...casesOf(makeBackend, 'retried task', { maxTaskFailures: 2 }),
    ...casesOf(makeBackend, 'batch that is run again', { maxBatchFailures: 2 }),
  ];
}

function casesOf(makeBackend: () => ExecutionBackend, what: string, again: ContextOptions): ConformanceCase[] {
  const using = casesOn(makeBackend);
  return [
    using(`a ${what} finds its state as it was`, async (backend) => {
      const pairs: readonly (readonly Sample[])[] = [
        [
          ['a', 1],
          ['flaky', 1],
        ],
        [
          ['a', 2],
          ['flaky', 2],
          ['new', 5],
        ],
        [
          ['a', 4],
          ['new', 1],
        ],
      ];
      const options = { ...again, defaultParallelism: 1 };
      const outcome = await run(backend, { ...scenario('state, retried'), pairs }, options);
      same(outcome.failure, null, 'failure');
      const expected = [
        [
          ['a', 1],
          ['flaky', 1],
        ],
        [
          ['a', 3],
          ['flaky', 3],
          ['new', 5],
        ],
        [
          ['a', 7],
          ['new', 6],
        ],
      ];
      same(recordsOf(outcome), expected, 'outputs');
    }),
    using(`a ${what} finds its window as it was`, async (backend) => {
      const pairs: readonly (readonly Sample[])[] = [
        [
          ['a', 1],
          ['flaky', 1],
        ],
        [['b', 2]],
        [['a', 4]],
      ];
      const options = { ...again, defaultParallelism: 1 };
      const outcome = await run(backend, { ...scenario('window, retried'), pairs }, options);
      same(outcome.failure, null, 'failure');
      const expected = [
        [
          ['a', 1],
          ['flaky', 1],
        ],
        [
          ['a', 1],
          ['flaky', 1],
          ['b', 2],
        ],
        [
          ['a', 4],
          ['flaky', 0],
          ['b', 2],
        ],
      ];
      same(recordsOf(outcome), expected, 'outputs');
    }),
  ];
}
