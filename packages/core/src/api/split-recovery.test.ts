import { expect, test } from 'vitest';
import { type BatchRecord, decodeRecord, encodeRecord } from '../checkpoint/layout.ts';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { CheckpointStore, StoreChange } from '../checkpoint/store.ts';
import type { JoinPlan } from '../skew/join-plan.ts';
import type { SplitPlan } from '../skew/split-plan.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

type Sample = [string, number];
const PAIRS = Array.from({ length: 2000 }, (_, i): Sample => [i % 2 === 0 ? 'hot' : `k${i % 100}`, i]);
const NAMES = Array.from({ length: 100 }, (_, i): Sample => [i === 0 ? 'hot' : `k${i}`, i]);
const PARTITIONS = 4;

/** Two batches of a job that splits a key for a group and for a join. @param onOutput called while outputs run */
async function run(store: CheckpointStore, fromMs: number, batches: number, onOutput: () => void = () => {}) {
  const clock = new ManualClock(fromMs);
  const options = { clock, warn: () => {}, defaultParallelism: PARTITIONS, maxBatchFailures: 1 };
  const ssc = new StreamingContext(inlineBackend(), seconds(1), options);
  ssc.checkpoint(store);
  const pairs = new TestSource<Sample>(ssc, [PAIRS, PAIRS], { numPartitions: 2, name: 'pairs' });
  const names = new TestSource<Sample>(ssc, [NAMES, NAMES], { name: 'names' });
  const partitions: string[] = [];
  const sizes: number[] = [];
  pairs.groupByKey({ name: 'groups' }).foreachRDD(
    async (rdd) => {
      for (const [, values] of await rdd.collect()) sizes.push(values.length);
      onOutput();
    },
    { name: 'sizes' },
  );
  pairs.join(names, { name: 'joined' }).foreachPartition((records, partition) => {
    partitions.push(`${partition}: ${[...records].filter(([key]) => key === 'hot').length}`);
  });
  const splits: Record<string, number[]> = {};
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo }) => {
      for (const { operator, split } of batchInfo.tasks?.shuffles ?? [])
        if (split !== null) splits[operator] = split.keys.map((key) => key.partitions);
    },
  });
  await ssc.start();
  ssc.awaitTermination().catch(() => {});
  await ssc.awaitIdle();
  await runBatches(ssc, clock, batches).catch(() => {});
  await ssc.stop();
  return { splits, partitions: partitions.sort(), sizes: sizes.sort((a, b) => a - b) };
}

test('a plan is safe before any output of its batch, and goes when the batch is over', async () => {
  const store = memoryStore();
  const seen: unknown[][] = [];
  const first = await run(store, 0, 2, () => {
    seen.push([...store.entries(['split'])].map(({ key }) => key[1]));
  });
  expect(first.splits).toMatchObject({ groups: [expect.any(Number)], joined: [expect.any(Number)] });
  expect(first.splits['joined']?.[0]).toBeGreaterThan(1);
  // The plan of the group; what was left of the batch before goes with the next transaction.
  expect(seen[0]).toEqual([1000]);
  expect(seen[1]).toContain(2000);
  await store.open();
  expect([...store.entries(['split'])].map(({ key }) => key[1])).not.toContain(1000);
});

/**
 * A store of which the first batch was planned, its keys were split, and which was killed before it completed.
 * @param change to each plan; null: as if none had been made
 * @param record to the record of the batch
 */
async function killed(
  change: (plan: SplitPlan | JoinPlan) => SplitPlan | JoinPlan | null,
  record: (record: BatchRecord) => BatchRecord = (same) => same,
) {
  const store = memoryStore();
  const mortal: CheckpointStore = {
    ...store,
    async write(changes) {
      if (changes.some((change) => change.kind === 'put' && change.key[0] === 'done')) throw new Error('killed');
      return store.write(changes);
    },
  };
  const first = await run(mortal, 0, 1);
  await store.open();
  const entries = [...store.entries(['split'])];
  expect(entries.length).toBe(2);
  await store.write(
    entries.map(({ key, value }): StoreChange => {
      const changed = change(decodeRecord(value));
      return changed === null ? { kind: 'delete', key } : { kind: 'put', key, value: encodeRecord(changed) };
    }),
  );
  const [batch] = [...store.entries(['batch', 1000])];
  await store.write([
    { kind: 'put', key: ['batch', 1000], value: encodeRecord(record(decodeRecord(batch!.value) as BatchRecord)) },
  ]);
  await store.close();
  return { first, again: await run(store, 1000, 0) };
}

test('a batch that runs again follows the plan that it had, and gives the same', async () => {
  const { first, again } = await killed((plan) => plan);
  expect(again.partitions).toEqual(first.partitions);
  expect(again.sizes).toEqual(first.sizes);
  // All in the last partition: no plan that would be made now.
  const moved = await killed((plan) => {
    const last = <T>(lists: readonly (readonly T[])[]) =>
      lists.map((_, p) => (p === PARTITIONS - 1 ? lists.flat() : []));
    return 'slices' in plan ? { ...plan, slices: last(plan.slices) } : { ...plan, pieces: last(plan.pieces) };
  });
  expect(moved.again.sizes).toEqual(first.sizes);
  expect(moved.again.partitions).toEqual(['0: 0', '1: 0', '2: 0', '3: 1000']);
  expect(moved.first.partitions).not.toEqual(moved.again.partitions);
});

test('a batch that had no heavy key for another version of the engine has its pairs at home', async () => {
  const { first, again } = await killed(
    () => null,
    (record) => ({ ...record, splitRules: (record.splitRules ?? 0) - 1 }),
  );
  expect(again.sizes).toEqual(first.sizes);
  // All pairs of the heavy key are in the partition of its hash.
  expect(again.partitions.filter((text) => text.endsWith(': 1000'))).toHaveLength(1);
  expect(first.partitions.filter((text) => text.endsWith(': 0'))).toHaveLength(0);
  const { again: free } = await killed(() => null);
  expect(free.partitions).toEqual(first.partitions);
});

test('a plan that is about something else is made anew', async () => {
  const { first, again } = await killed(
    (plan) => ({ ...plan, keys: plan.keys.map((each) => ({ ...each, key: 'other' })) }) as typeof plan,
  );
  expect(again.partitions).toEqual(first.partitions);
  expect(again.sizes).toEqual(first.sizes);
});
