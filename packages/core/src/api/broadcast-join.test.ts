import { expect, test } from 'vitest';
import { type BatchRecord, decodeRecord, encodeRecord } from '../checkpoint/layout.ts';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import { customPartitioner } from '../data/partitioner.ts';
import { broadcast, type JoinStrategy } from '../plan/skew-option.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import type { DStream } from './dstream/dstream.ts';
import { JoinChoices } from './join-choices.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

type Sample = [string, number];
const many = (count: number): Sample[] => Array.from({ length: count }, (_, i) => [`k${i % 50}`, i]);
const few = (count: number): Sample[] => Array.from({ length: count }, (_, i) => [`k${i}`, i]);

interface Job {
  readonly left: Sample[][];
  readonly right: Sample[][];
  readonly store?: CheckpointStore;
  readonly fromMs?: number;
  readonly batches?: number;
  readonly joined?: (left: DStream<Sample>, right: DStream<Sample>) => DStream<[string, unknown]>;
}

/** Of each batch what was shuffled for the join, and how many pairs each partition had of it. */
async function run({ left, right, store, fromMs = 0, batches = left.length, joined }: Job) {
  const clock = new ManualClock(fromMs);
  const options = { clock, warn: () => {}, defaultParallelism: 4, maxBatchFailures: 1 };
  const ssc = new StreamingContext(inlineBackend(), seconds(1), options);
  if (store !== undefined) ssc.checkpoint(store);
  const here = new TestSource<Sample>(ssc, left, { numPartitions: 4, name: 'here' });
  const there = new TestSource<Sample>(ssc, right, { name: 'there' });
  const stream = joined?.(here, there) ?? here.join(there, { name: 'joined' });
  const sizes = new Map<number, string[]>();
  stream.foreachPartition((records, partition, { time }) => {
    sizes.set(time, [...(sizes.get(time) ?? []), `${partition}: ${[...records].length}`].sort());
  });
  const moved: string[] = [];
  let splits = 0;
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo }) => {
      const shuffles = batchInfo.tasks?.shuffles.filter(({ operator }) => operator === 'joined') ?? [];
      if (shuffles.some(({ split }) => split !== null)) splits += 1;
      moved.push(shuffles.map(({ side, records }) => `${side} to ${records.length}`).join(', '));
    },
  });
  await ssc.start();
  ssc.awaitTermination().catch(() => {});
  await ssc.awaitIdle();
  await runBatches(ssc, clock, batches).catch(() => {});
  await ssc.stop();
  return { moved, splits, sizes: [...sizes] };
}

const BOTH = 'left to 4, right to 4';
const RIGHT = 'right to 1';

test('a right side that was small beside the left one goes to all tasks, until it is not', async () => {
  const left = [2000, 2000, 2000, 2000, 2000, 2000].map(many);
  // 400 are small enough to go on, and not to begin; 600 are too many.
  const { moved, sizes } = await run({ left, right: [50, 50, 400, 600, 400, 100].map(few) });
  expect(moved).toEqual([BOTH, RIGHT, RIGHT, RIGHT, BOTH, BOTH]);
  // Each key of the left has one partner.
  for (const [, counts] of sizes) expect(counts.reduce((sum, text) => sum + Number(text.split(' ')[1]), 0)).toBe(2000);
});

test('a hot key does not hide how large the sides are', async () => {
  const hot = (count: number): Sample[] =>
    Array.from({ length: count }, (_, i) => [i % 2 === 0 ? 'k0' : `k${i % 50}`, i]);
  const { moved, splits } = await run({ left: [hot(8000), hot(8000)], right: [few(50), few(50)] });
  expect(splits).toBe(1);
  expect(moved).toEqual([BOTH, RIGHT]);
});

test('an empty batch says nothing of the next', async () => {
  const { moved } = await run({ left: [many(2000), [], many(2000)], right: [few(50), few(50), few(50)] });
  expect(moved).toEqual([BOTH, RIGHT, RIGHT]);
});

test('it does not where somebody could see it, or nothing would be gained', async () => {
  const left = [many(2000), many(2000)];
  const right = [few(50), few(50)];
  const movedBy = async (joined: NonNullable<Job['joined']>) => (await run({ left, right, joined })).moved[1];
  const name = 'joined';
  expect(await movedBy((a, b) => a.join(b, { name, numPartitions: 2 }))).toBe('left to 2, right to 2');
  expect(
    await movedBy((a, b) =>
      a
        .join(b, { name })
        .mapValues(([n]) => n)
        .groupByKey(),
    ),
  ).toBe(BOTH);
  const byLength = customPartitioner(4, (key) => (key as string).length % 4, 'length');
  expect(await movedBy((a, b) => a.join(b, { name, partitioner: byLength }))).toBe(BOTH);
  expect(await movedBy((a, b) => a.rightOuterJoin(b, { name }))).toBe(BOTH);
  expect(await movedBy((a, b) => a.fullOuterJoin(b, { name }))).toBe(BOTH);
  expect(await movedBy((a, b) => a.partitionBy({}).join(b, { name }))).toBe('right to 4');
  expect(await movedBy((a, b) => a.join(b, { name, skew: 'hash' }))).toBe(BOTH);
  expect(await movedBy((a, b) => a.leftOuterJoin(b, { name }))).toBe(RIGHT);
  // A large side is a small one the other way around.
  expect((await run({ left: right, right: left })).moved[1]).toBe(BOTH);
  // Bytes are counted, not only records.
  const long = [few(50), few(50)].map((pairs) =>
    pairs.map(([key, n]): [string, string] => [key, `${n}`.repeat(300_000)]),
  );
  const bulky = await run({ left, right: long as unknown as Sample[][] });
  expect(bulky.moved).toEqual([BOTH, BOTH]);
});

test('a side that is asked for goes everywhere from the first batch on', async () => {
  const left = [few(3), few(3)];
  const right = [many(500), many(500)];
  const by = (skew: JoinStrategy) =>
    run({ left, right, joined: (a, b) => a.join(b, { name: 'joined', skew, numPartitions: 9 }) });
  expect((await by(broadcast())).moved).toEqual([RIGHT, RIGHT]);
  expect((await by(broadcast('left'))).moved).toEqual(['left to 1', 'left to 1']);
});

test('a side whose keys a join keeps cannot go everywhere', () => {
  const ssc = new StreamingContext(inlineBackend(), seconds(1));
  const [a, b] = [ssc.queueStream([[['a', 1]]] as Sample[][]), ssc.queueStream([[['a', 2]]] as Sample[][])];
  const refused = (f: () => unknown, rule: RegExp) =>
    expect(f).toThrow(expect.objectContaining({ code: 'MR_OPTION', message: expect.stringMatching(rule) }));
  refused(() => a.rightOuterJoin(b, { skew: broadcast() }), /use broadcast\('left'\)/);
  refused(() => a.leftOuterJoin(b, { skew: broadcast('left') }), /use broadcast\('right'\)/);
  refused(() => a.fullOuterJoin(b, { skew: broadcast() }), /no side that may go everywhere/);
  refused(() => a.join(b, { skew: broadcast('both' as 'left') }), /must be 'auto'/);
  refused(() => a.join(b, { skew: 'combine' as 'auto' }), /must be 'auto'/);
});

/** A store of which the second batch was planned and has run, and which was killed before it completed. */
async function killed(change: (record: BatchRecord) => BatchRecord) {
  const store = memoryStore();
  const mortal: CheckpointStore = {
    ...store,
    async write(changes) {
      if (changes.some((change) => change.kind === 'put' && change.key[0] === 'done' && change.key[1] === 2000))
        throw new Error('killed');
      return store.write(changes);
    },
  };
  const job = { left: [many(2000), many(1999)], right: [few(50), few(50)] };
  const first = await run({ ...job, store: mortal });
  await store.open();
  const [batch] = [...store.entries(['batch', 2000])];
  await store.write([
    { kind: 'put', key: ['batch', 2000], value: encodeRecord(change(decodeRecord(batch!.value) as BatchRecord)) },
  ]);
  await store.close();
  return { first, again: await run({ ...job, store, fromMs: 2000, batches: 0 }) };
}

test('a batch that runs again after a crash does as it did', async () => {
  const { first, again } = await killed((record) => {
    expect(record.joins).toEqual([['joined', 2000, true]]);
    return record;
  });
  expect(again.moved).toEqual([RIGHT]);
  expect(again.sizes).toEqual([first.sizes[1]]);
  const other = await killed((record) => ({ ...record, joins: [['joined', 2000, false]] }));
  expect(other.again.moved).toEqual([BOTH]);
  expect(other.again.sizes).not.toEqual([first.sizes[1]]);
});

test('what was decided is not kept for ever', () => {
  const choices = new JoinChoices(5000);
  for (let time = 1000; time <= 1_000_000; time += 1000) {
    choices.choose('joined', time);
    expect(choices.takeFresh()).toHaveLength(1);
    choices.measured(time, []);
    expect(choices.remembered).toBeLessThanOrEqual(5);
  }
});
