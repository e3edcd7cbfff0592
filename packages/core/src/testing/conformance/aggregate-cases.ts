import type { ExecutionBackend } from '../../backend/contract.ts';
import { seededRandom } from '../../lineage/builtins.ts';
import type { ConformanceCase } from '../cases.ts';
import { inlineBackend } from '../inline-backend.ts';
import { runBatches } from '../run-batches.ts';
import { AGGREGATE_STRATEGIES, aggregateOperators } from './aggregate-operators.ts';
import { casesOn } from './cases-on.ts';
import { same } from './expect.ts';
import type { Sample } from './operators.ts';
import { load, type Outcome, run } from './run-job.ts';

/** Enough records for map tasks to look at them before they combine. */
function drawn(seed: string, records: number, kinds: number): Sample[] {
  const random = seededRandom(seed);
  return Array.from({ length: records }, (_, i) => [`k${Math.floor(random() * kinds)}`, i % 100]);
}

const PAIRS = [drawn('even', 9000, 1_000_000), drawn('few', 9000, 50), [], drawn('some', 6000, 3000)];
const JOB = { pairs: PAIRS, others: PAIRS.map(() => []), numInputPartitions: 1 };

/** Whether values of a key are combined before they move changes nothing but what it costs. */
export function aggregateCases(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  const using = casesOn(makeBackend);
  return [
    using('values of a key that are combined before they move, or not, give the same', async (backend) => {
      for (const operator of Object.keys(aggregateOperators('auto'))) {
        const hash = await run(inlineBackend(), { ...JOB, group: 'aggregate: hash', operator });
        for (const strategy of Object.keys(AGGREGATE_STRATEGIES)) {
          const found = await run(backend, { ...JOB, group: `aggregate: ${strategy}`, operator });
          same([found.failure, hash.failure], [null, null], 'failures');
          // Prefixes put keys in another order.
          const shown = strategy === 'salted' ? sorted : ({ outputs }: Outcome) => outputs;
          same(shown(found), shown(hash), `${operator}, ${strategy}`);
        }
      }
    }),
    using('how many pairs are combined before they move is told, and the same everywhere', async (backend) => {
      same(await combinedOf(backend), await combinedOf(inlineBackend()), 'combined');
    }),
  ];
}

function sorted({ outputs }: Outcome) {
  return outputs.map(({ time, records }) => ({
    time,
    records: records.map((record) => JSON.stringify(record)).sort(),
  }));
}

async function combinedOf(backend: ExecutionBackend) {
  const { ssc, clock, stream } = await load(backend, { ...JOB, group: 'aggregate: auto', operator: 'reduceByKey' });
  const told: (readonly [combined: number, moved: number])[] = [];
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo }) => {
      for (const { combined, records } of batchInfo.tasks?.shuffles ?? [])
        told.push([combined, records.reduce((sum, n) => sum + n, 0)]);
    },
  });
  stream.foreachRDD(async (rdd) => void (await rdd.count()), { name: 'count' });
  await ssc.start();
  await runBatches(ssc, clock, PAIRS.length);
  await ssc.stop();
  await ssc.awaitTermination();
  return told;
}
