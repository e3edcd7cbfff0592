import type { ContextOptions } from '../../api/context-options.ts';
import type { ExecutionBackend } from '../../backend/contract.ts';
import type { ConformanceCase } from '../cases.ts';
import { runBatches } from '../run-batches.ts';
import { casesOn } from './cases-on.ts';
import { same } from './expect.ts';
import type { Sample } from './operators.ts';
import { load, type Outcome, run } from './run-job.ts';

const scenario = (operator: string) => ({ group: 'scenario', operator });

/** What is in outputs, without times and partitions. */
const recordsOf = ({ outputs }: Outcome) => outputs.map((o) => o.records);

/** Tasks that are tried again, and batches that are run again. */
export function retryCases(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  return [
    ...casesOf(makeBackend, 'retried task', { maxTaskFailures: 2 }),
    ...casesOf(makeBackend, 'batch that is run again', { maxBatchFailures: 2 }),
    ...(['state, retried', 'window, retried', 'accumulator, retried'] as const).map((operator) =>
      casesOn(makeBackend)(
        `what an output has computed counts once when a later one has the batch run again: ${operator}`,
        (backend) => laterOutputFails(backend, operator),
      ),
    ),
  ];
}

/** Runs a job twice: once nothing fails, once an output that looks last fails in the first attempt at each batch. */
async function laterOutputFails(backend: ExecutionBackend, operator: string): Promise<void> {
  const pairs: readonly (readonly Sample[])[] = [
    [
      ['a', 1],
      ['b', 10],
    ],
    [['a', 2]],
    [
      ['a', 4],
      ['c', 5],
    ],
  ];
  const seen: unknown[] = [];
  for (const maxBatchFailures of [1, 2]) {
    const params = { ...scenario(operator), pairs };
    const { ssc, clock, stream, accumulator } = await load(backend, params, {
      maxBatchFailures,
      defaultParallelism: 2,
      stopBackendByDefault: false,
    });
    const last = new Map<number, readonly unknown[]>();
    stream.foreachRDD(async (rdd, time) => void last.set(time.milliseconds, await rdd.collect()), { name: 'first' });
    const attempts = new Map<number, number>();
    stream.foreachRDD(
      (_rdd, time) => {
        const attempt = (attempts.get(time.milliseconds) ?? 0) + 1;
        attempts.set(time.milliseconds, attempt);
        if (attempt < maxBatchFailures) throw new Error('not this time');
      },
      { name: 'last' },
    );
    await ssc.start();
    await runBatches(ssc, clock, pairs.length);
    await ssc.stop();
    await ssc.awaitTermination();
    same([...attempts.values()], [maxBatchFailures, maxBatchFailures, maxBatchFailures], 'attempts');
    seen.push({ records: [...last], accumulated: accumulator?.value ?? null });
  }
  same(seen[1], seen[0], 'what the job gives when each batch runs twice');
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
