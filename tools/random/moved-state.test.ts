import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { memoryStore } from '@millrace/core';
import { afterAll, expect, test } from 'vitest';
import { BUCKETS_PER_PARTITION } from '../../packages/core/src/data/bucket-table.ts';
import { hashKey } from '../../packages/core/src/data/hash.ts';
import { seededRandom } from '../../packages/core/src/lineage/builtins.ts';
import { movedStateOperators } from '../../packages/core/src/testing/conformance/moved-state-operators.ts';
import { seeState } from '../../packages/core/src/testing/conformance/moved-state-run.ts';
import type { Sample } from '../../packages/core/src/testing/conformance/operators.ts';

const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now());
const RUNS = 2;
const backends = { single: single(), 'threads(2)': threads({ workers: 2 }) };
afterAll(async () => {
  for (const backend of Object.values(backends)) await backend.stop();
});

/** Batches of which some are empty, some have a record that is refused, once or always, and most have keys with many records. */
function batchesOf(random: () => number): Sample[][] {
  const kinds = 1 + Math.floor(120 * random());
  const bend = 1 + 6 * random();
  return Array.from({ length: 6 + Math.floor(10 * random()) }, () => {
    const records = random() < 0.15 ? 0 : Math.floor(random() * 120);
    const batch = Array.from(
      { length: records },
      (): Sample => [`k${Math.floor(random() ** bend * kinds)}`, 1 + Math.floor(9 * random())],
    );
    if (random() < 0.1) batch.push(['fail', 1]);
    if (random() < 0.1) batch.push(['flaky', 1]);
    return batch;
  });
}

/** Where states lie at each time, by chance: often where they lay. */
function placementOf(seed: string, often: number) {
  return (node: string, time: number, table: readonly number[]) => {
    const partitions = table.length / BUCKETS_PER_PARTITION;
    if (hashKey([seed, node, time]) % 100 > often) return null;
    return table.map((now, bucket) => {
      const dice = hashKey([seed, node, time, bucket]);
      return dice % 5 < 3 ? now : (dice >>> 8) % partitions;
    });
  };
}

test.each(Object.keys(movedStateOperators('auto')))(
  `%s: state that moves gives what it gives where it stays, seed ${SEED}`,
  async (operator) => {
    for (let i = 0; i < RUNS; i++) {
      const seed = `${SEED} ${operator} ${i}`;
      const random = seededRandom(seed);
      const pairs = batchesOf(random);
      const given = { defaultParallelism: 2 + Math.floor(7 * random()), maxTaskFailures: 2 };
      const placement = placementOf(seed, 20 + 80 * random());
      const stores = random() < 0.5;
      const job = { operator, pairs, placement: null, options: given };
      const hash = await seeState(backends.single, { ...job, skew: 'hash' });
      for (const [name, backend] of Object.entries(backends)) {
        const options = stores ? { ...given, checkpoint: memoryStore() } : given;
        const found = await seeState(backend, { ...job, skew: 'auto', placement, options });
        const about = `${name}, seed ${SEED}, run ${i}`;
        expect(found.failed, about).toEqual(hash.failed);
        expect(found.outputs, about).toEqual(hash.outputs);
        expect(found.states, about).toEqual(hash.states);
      }
    }
  },
  120_000,
);
