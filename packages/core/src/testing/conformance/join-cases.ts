import type { ExecutionBackend } from '../../backend/contract.ts';
import { seededRandom } from '../../lineage/builtins.ts';
import type { ConformanceCase } from '../cases.ts';
import { inlineBackend } from '../inline-backend.ts';
import type { BatchOutput } from '../run-batches.ts';
import { casesOn } from './cases-on.ts';
import { same } from './expect.ts';
import { JOIN_STRATEGIES, joinOperators } from './join-operators.ts';
import type { Sample } from './operators.ts';
import { run } from './run-job.ts';

function drawn(seed: string, records: number, kinds: number): Sample[] {
  const random = seededRandom(seed);
  return Array.from({ length: records }, (_, i) => [`k${Math.floor(random() * kinds)}`, i]);
}

/** The second has enough pairs, and few enough others, for the third to be joined by another way. */
const PAIRS = [drawn('a', 500, 20), drawn('b', 2000, 40), drawn('c', 1500, 10), [], drawn('d', 300, 5)];
const OTHERS = [drawn('e', 60, 30), drawn('f', 20, 50), drawn('g', 9, 12), drawn('h', 5, 5), drawn('i', 200, 8)];
const JOB = { pairs: PAIRS, others: OTHERS, numInputPartitions: 3 };

/** Whether a side of a join goes to all tasks changes nothing but where pairs lie. */
export function joinCases(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  const using = casesOn(makeBackend);
  return [
    using('joins give the same pairs, whatever goes where', async (backend) => {
      for (const [name, strategy] of Object.entries(JOIN_STRATEGIES)) {
        for (const operator of Object.keys(joinOperators(strategy))) {
          const options = { defaultParallelism: 3 };
          const hash = await run(inlineBackend(), { ...JOB, group: 'join: hash', operator }, options);
          const found = await run(backend, { ...JOB, group: `join: ${name}`, operator }, options);
          same([found.failure, hash.failure], [null, null], 'failures');
          const shown = name === 'broadcast left' ? unordered : byKey;
          same(shown(found.outputs), shown(hash.outputs), `${operator}, ${name}`);
        }
      }
    }),
  ];
}

/** The pairs of each key in their order. */
function byKey(outputs: readonly BatchOutput<unknown>[]) {
  return outputs.map(({ time, records }) => {
    const pairs = new Map<string, unknown[]>();
    for (const [key, pair] of records as readonly (readonly [unknown, unknown])[]) {
      const id = JSON.stringify(key);
      const known = pairs.get(id);
      if (known === undefined) pairs.set(id, [pair]);
      else known.push(pair);
    }
    return { time, pairs: [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)) };
  });
}

/** Those of a key come in the order of the other side. */
function unordered(outputs: readonly BatchOutput<unknown>[]) {
  return outputs.map(({ time, records }) => ({
    time,
    records: records.map((record) => JSON.stringify(record)).sort(),
  }));
}
