import type { ExecutionBackend } from '../../backend/contract.ts';
import { isMillraceError } from '../../errors/index.ts';
import type { ConformanceCase } from '../cases.ts';
import { collectOutputs, runBatches } from '../run-batches.ts';
import { casesOn } from './cases-on.ts';
import { holds, rejection, same } from './expect.ts';
import type { Sample } from './operators.ts';
import { load, type Outcome, run } from './run-job.ts';
import { FAILURE } from './scenarios.ts';

const scenario = (operator: string) => ({ group: 'scenario', operator });

/** What is in outputs, without times and partitions. */
const recordsOf = ({ outputs }: Outcome) => outputs.map((o) => o.records);

/** Tasks that throw, retries, and the end of a backend. */
export function failureCases(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  const using = casesOn(makeBackend);
  const failing: readonly (readonly Sample[])[] = [
    [['a', 1]],
    [
      ['a', 1],
      ['fail', 2],
    ],
    [['b', 3]],
  ];
  return [
    using('a task that throws fails its batch and no other', async (backend) => {
      const outcome = await run(backend, { ...scenario('a task throws'), pairs: failing, numInputPartitions: 2 });
      same(
        outcome.outputs.map((o) => o.time),
        [1000, 3000],
        'batch times with output',
      );
      checkFailure(outcome.failure, 1);
    }),
    using('so does one whose records go through a shuffle', async (backend) => {
      const outcome = await run(backend, {
        ...scenario('a task throws behind a shuffle'),
        pairs: failing,
        numInputPartitions: 2,
      });
      same(recordsOf(outcome), [[['a', 1]], [['b', 1]]], 'outputs');
      checkFailure(outcome.failure, 1);
    }),
    using('after a failed batch state goes on from the last good one', async (backend) => {
      const pairs: readonly (readonly Sample[])[] = [
        [['a', 1]],
        [
          ['a', 10],
          ['flaky', 1],
        ],
        [['a', 2]],
      ];
      const outcome = await run(
        backend,
        { ...scenario('state, retried'), pairs },
        { maxTaskFailures: 1, defaultParallelism: 1 },
      );
      checkFailure(outcome.failure, null);
      same(recordsOf(outcome), [[['a', 1]], [['a', 3]]], 'outputs');
      // The attempt that failed must not be the first half of a retry in a later case.
      await run(backend, { ...scenario('state, retried'), pairs }, { maxTaskFailures: 1, defaultParallelism: 1 });
    }),
    using(
      'what a retried task adds to an accumulator counts once, what a failed one adds does not',
      async (backend) => {
        const pairs: readonly (readonly Sample[])[] = [
          [
            ['a', 1],
            ['flaky', 10],
          ],
          [['b', 100]],
        ];
        const params = { ...scenario('accumulator, retried'), pairs };
        same((await run(backend, params, { maxTaskFailures: 2 })).accumulated, 111, 'sum with a retry');
        same(
          (await run(backend, params, { maxBatchFailures: 2 })).accumulated,
          111,
          'sum with a second run of the batch',
        );
        const failed = await run(backend, params, { maxTaskFailures: 1 });
        same(failed.accumulated, 100, 'sum without the failed batch');
        await run(backend, params, { maxTaskFailures: 1 });
      },
    ),
    using(
      'a record that cannot be encoded is named by operator and path, where records are encoded',
      async (backend) => {
        const { failure } = await run(backend, {
          ...scenario('a record that cannot be encoded'),
          numInputPartitions: 3,
        });
        if (backend.sharesMemory && failure === null) return;
        holds(isMillraceError(failure, 'MR_NOT_ENCODABLE'), 'the failure is MR_NOT_ENCODABLE', failure);
        const { message } = failure as Error;
        holds(/grouping|closures/.test(message) && message.includes('.deep[1]'), 'it names operator and path', message);
      },
    ),
    using('after stop a backend takes no job', async (backend) => {
      await backend.stop();
      await backend.stop();
      holds(!backend.running, 'running is false after stop');
      const { ssc, stream } = await load(backend, { group: 'element operators', operator: 'map' });
      collectOutputs(stream, 'collected');
      const failure = await rejection(ssc.start(), 'start on a stopped backend');
      holds(isMillraceError(failure, 'MR_BACKEND_STOPPED'), 'it is MR_BACKEND_STOPPED', failure);
      same(ssc.getState(), 'STOPPED', 'state of the context');
    }),
    using('one backend runs job after job, and two at once', async (backend) => {
      const jobs = await Promise.all(
        ['map', 'count'].map((operator) => load(backend, { group: 'element operators', operator })),
      );
      const outputs = jobs.map(({ stream }) => collectOutputs(stream, 'collected'));
      for (const { ssc } of jobs) await ssc.start();
      for (const { ssc, clock } of jobs) await runBatches(ssc, clock, 1);
      for (const { ssc } of jobs) await ssc.stop();
      same(
        outputs.map(([first]) => first.records.length),
        [5, 1],
        'records of the first batches',
      );
    }),
  ];
}

/** The failure names operator, batch and partition, and has the user's own error with its stack. */
export function checkFailure(failure: unknown, partition: number | null): void {
  holds(isMillraceError(failure, 'MR_TASK_FAILED'), 'the failure is MR_TASK_FAILED', failure);
  const { message, details, cause } = failure as Error & { details: Record<string, unknown> };
  same(details.batchTime, 2000, 'batch time in the failure');
  if (partition === null) return;
  same(
    [details.operator, details.partition, details.attempt],
    ['refusing', partition, 1],
    'operator, partition and attempt',
  );
  holds(message.includes(FAILURE), "the message has the user's", message);
  holds(cause instanceof Error && cause.message === FAILURE, "the cause is the user's error", cause);
  holds(
    (cause as Error).stack?.includes('refuseRecord') === true,
    "its stack names the user's function",
    (cause as Error).stack,
  );
}
