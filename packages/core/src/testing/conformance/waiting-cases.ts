import type { ExecutionBackend } from '../../backend/contract.ts';
import type { ConformanceCase } from '../cases.ts';
import { casesOn } from './cases-on.ts';
import { holds, same } from './expect.ts';
import { checkFailure } from './failure-cases.ts';
import type { Sample } from './operators.ts';
import { PAIRS, run } from './run-job.ts';

const scenario = (operator: string) => ({ group: 'scenario', operator });

const FAILING: readonly (readonly Sample[])[] = [
  [
    ['a', 1],
    ['b', 1],
  ],
  [
    ['a', 1],
    ['fail', 2],
  ],
  [['c', 3]],
];

/** Functions that wait, resources, and sinks. */
export function waitingCases(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  const using = casesOn(makeBackend);
  return [
    using('a call of mapAsync that fails fails its batch and no other', async (backend) => {
      const outcome = await run(backend, {
        ...scenario('a call of mapAsync fails'),
        pairs: FAILING,
        numInputPartitions: 2,
      });
      same(
        outcome.outputs.map((o) => o.time),
        [1000, 3000],
        'batch times with output',
      );
      checkFailure(outcome.failure, 1);
    }),
    using('a resource is opened once in each slot and closed at the end', async (backend) => {
      const counters = new SharedArrayBuffer(8);
      const params = { ...scenario('a resource'), counters, numInputPartitions: 4 };
      const { outputs, failure } = await run(backend, params);
      same(failure, null, 'failure');
      same(outputs.length, PAIRS.length, 'batches');
      const [opened, closed] = new Int32Array(counters);
      holds(opened >= 1 && opened <= Math.max(1, backend.parallelism), 'opened once in each slot', opened);
      same(closed, opened, 'closed as often as opened');
      await run(backend, params);
      holds(new Int32Array(counters)[0] > opened, 'the next job opens its own', new Int32Array(counters)[0]);
    }),
    using('a sink gets partitions where they are, and its receipts in order', async (backend) => {
      const { written, failure } = await run(backend, {
        ...scenario('a sink'),
        pairs: [FAILING[0], []],
        numInputPartitions: 2,
      });
      same(failure, null, 'failure');
      const receipt = (time: number, partition: number, keys: string) =>
        `conformance/refusing/${time}/${partition} of 2: ${keys}`;
      const expected = [
        ['prepare', 'conformance', 'refusing', 1000, 2],
        ['commit', 1000, [receipt(1000, 0, 'a'), receipt(1000, 1, 'b')]],
        ['prepare', 'conformance', 'refusing', 2000, 2],
        ['commit', 2000, [receipt(2000, 0, ''), receipt(2000, 1, '')]],
      ];
      same(written, expected, 'what the sink was told');
    }),
    using('a sink that cannot write a partition aborts the batch', async (backend) => {
      const params = { ...scenario('a sink'), pairs: FAILING, numInputPartitions: 2 };
      const { written, failure, outputs } = await run(backend, params);
      checkFailure(failure, 1);
      const told = (written as [string, ...unknown[]][]).filter(([what]) => what !== 'prepare');
      same(
        told.map(([what, time]) => [what, time]),
        [
          ['commit', 1000],
          ['abort', 2000],
          ['commit', 3000],
        ],
        'what the sink was told',
      );
      same(outputs.length, 3, 'the other output has all batches');
    }),
    using('foreachPartition sees nothing of a partition whose task fails', async (backend) => {
      const { accumulated, failure, outputs } = await run(backend, {
        ...scenario('a task throws beside foreachPartition'),
        pairs: FAILING,
        numInputPartitions: 2,
      });
      checkFailure(failure, 1);
      // What the other partition of the failed batch was given does not count either.
      same(
        [...(accumulated as string[])].sort(),
        ['1000/0/2:a', '1000/1/2:b', '3000/0/2:', '3000/1/2:c'],
        'partitions that were seen',
      );
      same(outputs.length, 3, 'the other output has all batches');
    }),
  ];
}
