import type { ExecutionBackend } from '../../backend/contract.ts';
import type { BatchTaskInfo } from '../../events/listener.ts';
import type { ConformanceCase } from '../cases.ts';
import { inlineBackend } from '../inline-backend.ts';
import { collectOutputs, runBatches } from '../run-batches.ts';
import { casesOn } from './cases-on.ts';
import { holds, same } from './expect.ts';
import type { Sample } from './operators.ts';
import { load } from './run-job.ts';

/** Every second record has the hot key, the others one of 300. */
const SKEWED: readonly Sample[] = Array.from({ length: 3000 }, (_, i) => [i % 2 === 0 ? 'hot' : `k${i % 300}`, i]);
const EVEN: readonly Sample[] = SKEWED.map(([, i]) => [`k${i % 300}`, i]);

/** What is told of shuffles: the same on every backend but for times and bytes. */
export function shuffleCases(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  const using = casesOn(makeBackend);
  return [
    using('a shuffle tells how uneven it was, and which key it was', async (backend) => {
      const [skewed, even] = await shufflesOf(backend, 'groupByKey');
      const { operator, heavyKeys, records, maxOverMeanRecords } = skewed[0];
      same([skewed.length, even.length, operator], [1, 1, 'groupByKey-1'], 'shuffles');
      same(
        heavyKeys.map(({ key }) => key),
        ['hot'],
        'heavy keys',
      );
      // As far as a sample of some two dozen keys tells.
      holds(Math.abs(heavyKeys[0].records - 1500) < 500, 'about 1500 records have the hot key', heavyKeys);
      same(
        records.reduce((sum, n) => sum + n, 0),
        3000,
        'records',
      );
      same(maxOverMeanRecords, Math.max(...records) / 1000, 'max over mean');
      same(even[0].heavyKeys, [], 'heavy keys where none is');
      holds(even[0].maxOverMeanRecords < 1.2, 'records without a hot key are spread evenly', even);
    }),
    using('keys that are combined before the shuffle are not heavy behind it', async (backend) => {
      const [[{ heavyKeys, records }]] = await shufflesOf(backend, 'reduceByKey');
      // Two map tasks, of which each has all keys.
      same([heavyKeys, records.reduce((sum, n) => sum + n, 0)], [[], 302], 'heavy keys and records');
    }),
    using('shuffles are told of as in the calling thread', async (backend) => {
      for (const operator of ['groupByKey', 'reduceByKey', 'cogroup', 'partitionBy', 'fullOuterJoin'])
        same(
          comparable(await shufflesOf(backend, operator)),
          comparable(await shufflesOf(inlineBackend(), operator)),
          operator,
        );
    }),
  ];
}

type Shuffles = BatchTaskInfo['shuffles'];

/** What two batches tell of their shuffles: a skewed one, and an even one. */
async function shufflesOf(backend: ExecutionBackend, operator: string): Promise<readonly Shuffles[]> {
  const { ssc, clock, stream } = await load(backend, {
    ...{ group: 'pair operators', operator, numInputPartitions: 2 },
    ...{ pairs: [SKEWED, EVEN], others: [EVEN.slice(0, 10), []] },
  });
  const told: Shuffles[] = [];
  ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => void told.push(batchInfo.tasks?.shuffles ?? []) });
  collectOutputs(stream, 'collected');
  await ssc.start();
  await runBatches(ssc, clock, 2);
  await ssc.stop();
  await ssc.awaitTermination();
  for (const { taskMs, bytes, records } of told.flat())
    same([taskMs.length, bytes.length], [records.length, records.length], 'figures of each partition');
  return told;
}

const comparable = (told: readonly Shuffles[]) =>
  told.map((shuffles) =>
    shuffles.map(({ bytes, taskMs, maxOverMeanMs, split, ...same }) => ({ ...same, split: split?.keys ?? [] })),
  );
