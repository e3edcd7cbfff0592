import type { ExecutionBackend } from '../../backend/contract.ts';
import { seededRandom } from '../../lineage/builtins.ts';
import type { ConformanceCase } from '../cases.ts';
import { inlineBackend } from '../inline-backend.ts';
import { type BatchOutput, collectOutputs, runBatches } from '../run-batches.ts';
import { casesOn } from './cases-on.ts';
import { holds, same } from './expect.ts';
import type { Sample } from './operators.ts';
import { load, run } from './run-job.ts';
import { skewOperators } from './skew-operators.ts';

/** Some keys are much more often there than others, and in each part of a batch not quite the same ones. */
function skewed(seed: string, records: number, bend: number): Sample[] {
  const random = seededRandom(seed);
  return Array.from({ length: records }, (_, i) => {
    const drift = Math.floor((3 * i) / records);
    return [`k${drift + Math.floor(random() ** bend * 200)}`, i];
  });
}

/** Joins of these have pairs by the thousand, not by the million. */
const PAIRS = [skewed('a', 3000, 8), skewed('b', 2500, 3), [], skewed('c', 1800, 30)];
const OTHERS = [skewed('d', 60, 4), skewed('e', 300, 6), skewed('f', 600, 9), skewed('g', 30, 1)];
const JOB = { pairs: PAIRS, others: OTHERS, numInputPartitions: 3 };

/** Splitting heavy keys changes nothing but who works on them. */
export function skewCases(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  const using = casesOn(makeBackend);
  return [
    // Of one backend, since starting threads takes longer than running these.
    using('keys that are split give what they give unsplit, in the same order', async (backend) => {
      for (const operator of Object.keys(skewOperators('auto'))) {
        const hash = await run(inlineBackend(), { ...JOB, group: 'skew: hash', operator });
        const auto = await run(backend, { ...JOB, group: 'skew: auto', operator });
        same([auto.failure, hash.failure], [null, null], 'failures');
        const shown = operator.includes('oin') ? byKey : (outputs: typeof hash.outputs) => outputs;
        same(shown(auto.outputs), shown(hash.outputs), operator);
      }
    }),
    using('which keys are split, and into how many parts, is told, and the same everywhere', async (backend) => {
      const told = await splitsOf(backend);
      same(told, await splitsOf(inlineBackend()), 'splits');
      const [first] = told;
      holds(first !== undefined && first.length === 1, 'groupByKey shuffles once', told);
      const [{ keys, records }] = first;
      holds(
        keys.some(({ partitions }) => partitions > 1),
        'a key is split',
        keys,
      );
      const mean = records.reduce((sum, n) => sum + n, 0) / records.length;
      holds(Math.max(...records) < 1.1 * mean, 'partitions are even', records);
    }),
    using('a small batch splits nothing', async (backend) => {
      const told = await splitsOf(backend, [skewed('small', 300, 30)]);
      same(told, [[{ keys: [], records: told[0]?.[0]?.records }]], 'splits');
    }),
  ];
}

/** The pairs of each key in their order, partition after partition: those of a key may lie in several. */
function byKey(outputs: readonly BatchOutput<unknown>[]) {
  return outputs.map(({ time, records }) => {
    const pairs = new Map<string, unknown[]>();
    for (const [key, pair] of records as readonly (readonly [string, unknown])[]) {
      const known = pairs.get(key);
      if (known === undefined) pairs.set(key, [pair]);
      else known.push(pair);
    }
    return { time, pairs: [...pairs].sort() };
  });
}

/** Of each batch and shuffle what is split, and the records of the partitions. */
async function splitsOf(backend: ExecutionBackend, pairs: readonly (readonly Sample[])[] = PAIRS.slice(0, 2)) {
  const { ssc, clock, stream } = await load(backend, { ...JOB, pairs, group: 'skew: auto', operator: 'groupByKey' });
  const told: { keys: readonly { key: unknown; partitions: number }[]; records: readonly number[] }[][] = [];
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo }) =>
      void told.push(
        (batchInfo.tasks?.shuffles ?? []).map(({ split, records }) => ({ keys: split?.keys ?? [], records })),
      ),
  });
  collectOutputs(stream, 'collected');
  await ssc.start();
  await runBatches(ssc, clock, pairs.length);
  await ssc.stop();
  await ssc.awaitTermination();
  return told;
}
