import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { afterAll, expect, test } from 'vitest';
import { seededRandom } from '../../packages/core/src/lineage/builtins.ts';
import {
  AGGREGATE_STRATEGIES,
  aggregateOperators,
} from '../../packages/core/src/testing/conformance/aggregate-operators.ts';
import type { Sample } from '../../packages/core/src/testing/conformance/operators.ts';
import { type Outcome, run } from '../../packages/core/src/testing/conformance/run-job.ts';
import { skewOperators } from '../../packages/core/src/testing/conformance/skew-operators.ts';

const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now());
const RUNS = 4;
const backends = { single: single(), 'threads(2)': threads({ workers: 2 }) };
afterAll(async () => {
  for (const backend of Object.values(backends)) await backend.stop();
});

/** Records of which some keys have many, other ones in each part of a batch. */
function skewed(random: () => number, most: number): Sample[] {
  const records = Math.floor(random() * most);
  const bend = 1 + 20 * random();
  const kinds = 1 + Math.floor(300 * random());
  const parts = 1 + Math.floor(4 * random());
  return Array.from({ length: records }, (_, i) => {
    const drift = Math.floor((parts * i) / records);
    return [`k${drift + Math.floor(random() ** bend * kinds)}`, i];
  });
}

/** What a batch gave: as it is, or the pairs of each key in their order, since those of a join may lie in several partitions. */
function shown({ outputs }: Outcome, isJoin: boolean) {
  if (!isJoin) return outputs;
  return outputs.map(({ time, records }) => {
    const pairs = Map.groupBy(records as readonly (readonly [string, unknown])[], ([key]) => key);
    return { time, pairs: [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)) };
  });
}

test.each(Object.keys(skewOperators('auto')))(
  `%s: every strategy gives what hash gives, seed ${SEED}`,
  async (operator) => {
    for (let i = 0; i < RUNS; i++) {
      const random = seededRandom(`${SEED} ${operator} ${i}`);
      const job = {
        operator,
        pairs: [skewed(random, 5000), skewed(random, 3000)],
        others: [skewed(random, 150), skewed(random, 600)],
        numInputPartitions: 1 + Math.floor(4 * random()),
      };
      const options = { defaultParallelism: 2 + Math.floor(7 * random()) };
      const hash = await run(backends.single, { ...job, group: 'skew: hash' }, options);
      expect(hash.failure).toBeNull();
      for (const [name, backend] of Object.entries(backends)) {
        for (const strategy of ['auto', 'split']) {
          const found = await run(backend, { ...job, group: `skew: ${strategy}` }, options);
          expect(found.failure).toBeNull();
          const isJoin = operator.includes('oin');
          expect(shown(found, isJoin), `${name}, ${strategy}, seed ${SEED}, run ${i}`).toEqual(shown(hash, isJoin));
        }
      }
    }
  },
  120_000,
);

/** Even keys, and some that have a little more of either side, which makes many pairs. */
function moderate(random: () => number, warm: number): Sample[] {
  const records = 1500 + Math.floor(1500 * random());
  const share = 0.05 * random();
  return Array.from({ length: records }, (_, i) => [
    random() < share ? `warm${Math.floor(random() * warm)}` : `k${Math.floor(random() * 500)}`,
    i,
  ]);
}

test.each(Object.keys(skewOperators('auto')).filter((operator) => operator.includes('oin')))(
  `%s: keys with a little of either side, seed ${SEED}`,
  async (operator) => {
    for (let i = 0; i < RUNS; i++) {
      const random = seededRandom(`${SEED} moderate ${operator} ${i}`);
      const warm = 1 + Math.floor(3 * random());
      const batches = () => [moderate(random, warm), moderate(random, warm)];
      const job = { operator, pairs: batches(), others: batches(), numInputPartitions: 1 + Math.floor(4 * random()) };
      const options = { defaultParallelism: 2 + Math.floor(7 * random()) };
      const hash = await run(backends.single, { ...job, group: 'skew: hash' }, options);
      for (const [name, backend] of Object.entries(backends)) {
        const found = await run(backend, { ...job, group: 'skew: auto' }, options);
        expect(found.failure).toBeNull();
        expect(shown(found, true), `${name}, seed ${SEED}, run ${i}`).toEqual(shown(hash, true));
      }
    }
  },
  120_000,
);

/** The records of a batch as a sorted list: prefixes put keys in another order. */
function unordered({ outputs }: Outcome) {
  return outputs.map(({ time, records }) => ({
    time,
    records: records.map((record) => JSON.stringify(record)).sort(),
  }));
}

test.each(Object.keys(aggregateOperators('auto')))(
  `%s: whether values are combined before they move changes nothing, seed ${SEED}`,
  async (operator) => {
    for (let i = 0; i < RUNS / 2; i++) {
      const random = seededRandom(`${SEED} aggregate ${operator} ${i}`);
      // From a few keys to nearly as many as records, and often enough more of them in a task than it combines without a look.
      const job = {
        operator,
        pairs: [skewed(random, 12_000), skewed(random, 12_000), evenly(random, 12_000)],
        others: [[], [], []],
        numInputPartitions: 1 + Math.floor(3 * random()),
      };
      const options = { defaultParallelism: 2 + Math.floor(7 * random()) };
      const hash = await run(backends.single, { ...job, group: 'aggregate: hash' }, options);
      expect(hash.failure).toBeNull();
      for (const [name, backend] of Object.entries(backends)) {
        for (const strategy of Object.keys(AGGREGATE_STRATEGIES)) {
          const found = await run(backend, { ...job, group: `aggregate: ${strategy}` }, options);
          expect(found.failure).toBeNull();
          const view = strategy === 'salted' ? unordered : ({ outputs }: Outcome) => outputs;
          const isSame = JSON.stringify(view(found)) === JSON.stringify(view(hash));
          expect(isSame, `${name}, ${strategy}, seed ${SEED}, run ${i}`).toBe(true);
        }
      }
    }
  },
  120_000,
);

/** Records of which no key has more than others. */
function evenly(random: () => number, most: number): Sample[] {
  const kinds = 1 + Math.floor(most * random() * 10);
  return Array.from({ length: Math.floor(random() * most) }, (_, i) => [`k${Math.floor(random() * kinds)}`, i]);
}
