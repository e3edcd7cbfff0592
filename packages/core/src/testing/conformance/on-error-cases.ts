import { type DeadLetter, deadLetter, type OnError } from '../../api/on-error.ts';
import type { ExecutionBackend } from '../../backend/contract.ts';
import { isMillraceError } from '../../errors/index.ts';
import type { BatchInfo } from '../../events/listener.ts';
import type { ConformanceCase } from '../cases.ts';
import { collectOutputs, runBatches } from '../run-batches.ts';
import { casesOn } from './cases-on.ts';
import { holds, same } from './expect.ts';
import type { Sample } from './operators.ts';
import { load } from './run-job.ts';

const PAIRS: readonly (readonly Sample[])[] = [
  [
    ['a', 1],
    ['fail', 2],
    ['b', 3],
    ['fail', 4],
  ],
  [['c', 5]],
];

/** What the operators of the scenario 'records fail' are called, and what is left of each batch. */
const OPERATORS = ['map', 'filter', 'flatMap', 'mapValues', 'flatMapValues', 'mapAsync', 'filterAsync'];

/** Records that fail under each policy, in each operator that looks at single records. */
export function onErrorCases(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  const using = casesOn(makeBackend);
  return OPERATORS.flatMap((operator) => [
    using(`a record that fails in ${operator} is dropped and counted`, async (backend) => {
      const { records, counts, failure } = await runWith(backend, operator, 'drop');
      same(failure, null, 'failure');
      same(records, [['a', 'b'], ['c']], 'keys');
      same(counts, [[[operator, { dropped: 2, deadLetters: 0 }]], []], 'counts');
    }),
    using(`a record that fails in ${operator} becomes a dead letter`, async (backend) => {
      const letters: DeadLetter[] = [];
      const sink = { write: (all: Iterable<DeadLetter>) => void letters.push(...all) };
      const { records, counts } = await runWith(backend, operator, deadLetter(sink));
      same(records, [['a', 'b'], ['c']], 'keys');
      same(counts, [[[operator, { dropped: 0, deadLetters: 2 }]], []], 'counts');
      // Of two partitions the first has one that fails, and so has the second.
      const inValues = operator === 'mapValues' || operator === 'flatMapValues';
      same(
        letters.map((l) => [l.record, l.error.message, l.operator, l.time, l.job, l.partition, l.index]),
        [
          [['fail', 2], `refused ${inValues ? 2 : 'fail'}`, operator, 1000, 'conformance', 0, 0],
          [['fail', 4], `refused ${inValues ? 4 : 'fail'}`, operator, 1000, 'conformance', 1, 0],
        ],
        'letters',
      );
    }),
    using(`a record that fails in ${operator} fails its batch unless told otherwise`, async (backend) => {
      const { records, counts, failure } = await runWith(backend, operator, 'fail');
      same(records, [['c']], 'keys');
      same(counts, [[], []], 'counts');
      holds(failure !== null, 'the batch fails', failure);
    }),
  ]).concat([
    using('too many dead letters fail the batch, and none is written', async (backend) => {
      let written = 0;
      const sink = { write: () => void written++ };
      const policy = deadLetter(sink, { maxPerPartition: 1 });
      const pairs: Sample[][] = [
        [
          ['fail', 1],
          ['fail', 2],
          ['a', 1],
          ['b', 1],
        ],
      ];
      const { failure } = await runWith(backend, 'map', policy, pairs);
      let e = failure as { cause?: unknown } | null;
      while (e !== null && e !== undefined && !(isMillraceError(e) && e.code === 'MR_DEAD_LETTERS')) {
        e = e.cause as typeof e;
      }
      holds(e !== null && e !== undefined, 'MR_DEAD_LETTERS is a cause', failure);
      same(written, 0, 'written');
    }),
    using('a dead-letter sink that fails, fails the batch', async (backend) => {
      const sink = {
        write: () => {
          throw new Error('the disk is full');
        },
      };
      const { counts, failure } = await runWith(backend, 'map', deadLetter(sink));
      holds(String((failure as Error)?.message).includes('the disk is full'), 'names the cause', failure);
      same(counts, [[], []], 'counts');
    }),
  ]);
}

async function runWith(backend: ExecutionBackend, operator: string, onError: OnError, pairs = PAIRS) {
  const params = { group: 'scenario', operator: `records fail in ${operator}`, pairs, numInputPartitions: 2 };
  const { ssc, clock, stream } = await load(backend, params, { onError });
  const outputs = collectOutputs(stream, 'collected');
  const infos: BatchInfo[] = [];
  ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => void infos.push(batchInfo) });
  await ssc.start();
  await runBatches(ssc, clock, pairs.length);
  await ssc.stop();
  const failure = await ssc.awaitTermination().then(
    () => null,
    (e: unknown) => e,
  );
  return {
    records: outputs.map((o) => o.records.map((record) => (record as Sample)[0])),
    counts: infos.map((info) => [...info.recordFailures]),
    failure,
  };
}
