import { expect, test } from 'vitest';
import type { JoinStrategy } from '../plan/skew-option.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

type Sample = [string, number];
const PARTITIONS = 8;
/** Of so many records each side has so many of one key, and the others come once. */
const [RECORDS, WARM] = [20_000, 400];
const SIDE = Array.from({ length: RECORDS }, (_, i): Sample => [i % (RECORDS / WARM) === 7 ? 'warm' : `k${i}`, i]);

/** How many pairs each partition of a join of two such sides has. */
async function pairsOf(skew: JoinStrategy): Promise<{ readonly pairs: number[]; readonly split: unknown[] }> {
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, defaultParallelism: PARTITIONS });
  const [left, right] = ['left', 'right'].map(
    (name) => new TestSource<Sample>(ssc, [SIDE], { numPartitions: 2, name }),
  );
  const pairs = new Array<number>(PARTITIONS).fill(0);
  left!.join(right!, { name: 'joined', skew }).foreachPartition((records, partition) => {
    for (const _ of records) pairs[partition]! += 1;
  });
  const split: unknown[] = [];
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo }) => {
      for (const shuffle of batchInfo.tasks?.shuffles ?? [])
        split.push(shuffle.split?.keys.map(({ key }) => key) ?? null);
    },
  });
  await ssc.start();
  await runBatches(ssc, clock, 1);
  await ssc.stop();
  return { pairs, split };
}

test('the pairs of a key that is heavy on neither side of a join, and has most of the pairs, lie in all partitions', async () => {
  const all = RECORDS - WARM + WARM ** 2;
  const { pairs, split } = await pairsOf('auto');
  expect(pairs.reduce((sum, n) => sum + n, 0)).toBe(all);
  expect(Math.max(...pairs)).toBeLessThan((1.1 * all) / PARTITIONS);
  expect(split).toEqual([['warm'], ['warm']]);
  const hash = await pairsOf('hash');
  expect(Math.max(...hash.pairs)).toBeGreaterThan(WARM ** 2);
});
