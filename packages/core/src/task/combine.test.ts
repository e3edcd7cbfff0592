import { expect, test } from 'vitest';
import { StreamingContext } from '../api/streaming-context.ts';
import { milliseconds } from '../api/time.ts';
import type { Aggregate } from '../data/aggregate.ts';
import { customPartitioner, type Partitioner } from '../data/partitioner.ts';
import type { AggregateStrategy } from '../plan/skew-option.ts';
import type { ShuffleMetrics } from '../skew/shuffle-metrics.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { collectOutputs, runBatches } from '../testing/run-batches.ts';

type Pairs = readonly (readonly [string, number])[];

/** Sums and how many they are of: an aggregate whose accumulators are not values. */
const tally: Aggregate<number, { sum: number; n: number }, string> = {
  name: 'tally',
  create: () => ({ sum: 0, n: 0 }),
  add: (a, value) => ({ sum: a.sum + value, n: a.n + 1 }),
  merge: (a, b) => ({ sum: a.sum + b.sum, n: a.n + b.n }),
  finish: ({ sum, n }) => `${sum}/${n}`,
};

/** What a batch gave with a strategy, and how its pairs were shuffled. */
async function aggregated(
  batch: Pairs,
  skew: AggregateStrategy,
  {
    f = (a: number, b: number): number => a + b,
    aggregate = tally,
    partitioner = undefined as Partitioner | undefined,
    only = undefined as ((pair: Pairs[number]) => boolean) | undefined,
  } = {},
) {
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), milliseconds(100), { clock, name: 'measured' });
  const all = ssc.queueStream([batch], { numPartitions: 1 });
  const pairs = only === undefined ? all : all.filter(only);
  const layout = partitioner === undefined ? { numPartitions: 4 } : { partitioner };
  const sums = collectOutputs(pairs.reduceByKey(f, { ...layout, skew }), 'sums');
  const tallies = collectOutputs(pairs.aggregateByKey(aggregate, { ...layout, skew }), 'tallies');
  let shuffles: readonly ShuffleMetrics[] = [];
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo }) => {
      shuffles = batchInfo.tasks?.shuffles ?? [];
    },
  });
  await ssc.start();
  try {
    await runBatches(ssc, clock, 1);
  } finally {
    await ssc.stop();
  }
  await ssc.awaitTermination();
  const moved = shuffles.map(({ records }) => records.reduce((sum, n) => sum + n, 0));
  // As texts: thousands of records are compared in no time.
  const texts = (records: readonly unknown[]) => records.map(String).join('; ');
  const results = [texts(sums[0]?.records ?? []), texts(tallies[0]?.records ?? [])];
  const found = shuffles.flatMap(({ heavyKeys: [first], moved: all, combined }) => {
    return first === undefined ? [] : [{ key: first.key, share: first.records / (all + combined) }];
  });
  const [heavy, shares] = [found.map(({ key }) => key), found.map(({ share }) => share)];
  return { results, heavy, shares, moved, combined: shuffles.map((s) => s.combined) };
}

const even = (from: number, count: number): Pairs => Array.from({ length: count }, (_, i) => [`k${from + i}`, i]);
const few = (count: number): Pairs => Array.from({ length: count }, (_, i) => [`few ${i % 10}`, i]);

test('pairs of keys that hardly come again move as they are, and of few keys they are combined', async () => {
  const many = await aggregated(even(0, 20_000), 'auto');
  expect(many.moved).toEqual([20_000, 20_000]);
  expect(many.combined).toEqual([0, 0]);
  const again = await aggregated(few(20_000), 'auto');
  expect(again.moved).toEqual([10, 10]);
  expect(again.combined).toEqual([19_990, 19_990]);
});

test('a small batch is combined without a look', async () => {
  expect((await aggregated([...even(0, 2000), ...even(0, 500)], 'auto')).moved).toEqual([2000, 2000]);
});

test('what a task does changes while it runs, with what its pairs are', async () => {
  // The looks are at records 0, 32,768, 65,536 and 131,072.
  const batch = [...even(0, 40_000), ...few(60_000), ...even(40_000, 90_000)];
  const { moved, combined, results } = await aggregated(batch, 'auto');
  const fewUntilLook = 65_536 - 40_000;
  for (const n of combined) {
    // Off until the look at 65,536, on until the one at 131,072, in which the even ones are alone.
    expect(n).toBe(60_000 - fewUntilLook - 10);
  }
  expect(moved).toEqual([190_000 - combined[0]!, 190_000 - combined[1]!]);
  const hash = await aggregated(batch, 'hash');
  expect(results.join() === hash.results.join()).toBe(true);
});

test.each([
  ['even', even(0, 9000)],
  ['few', few(9000)],
  ['mixed', [...even(0, 5000), ...few(40_000), ...even(3000, 30_000)]],
  ['none', []],
] as const)('every strategy gives what hash gives: %s keys', async (_, batch) => {
  const hash = await aggregated(batch, 'hash');
  expect(hash.combined).toEqual([0, 0]);
  for (const skew of ['auto', 'combine', 'split'] as const)
    expect((await aggregated(batch, skew)).results.join() === hash.results.join(), skew).toBe(true);
  const salted = await aggregated(batch, { kind: 'salted', salts: 3 });
  const sorted = (records: string) => records.split('; ').sort().join('; ');
  expect(salted.results.map(sorted).join() === hash.results.map(sorted).join()).toBe(true);
});

test('a key that is heavy where nobody looked is combined all the same', async () => {
  const hot: Pairs = Array.from({ length: 20_000 }, (_, i) => ['hot', i]);
  const batch = [...even(0, 2100), ...hot, ...even(2100, 3000)];
  const { combined, moved, results, heavy } = await aggregated(batch, 'auto');
  expect(combined).toEqual([19_999, 19_999]);
  expect(moved).toEqual([5101, 5101]);
  expect(heavy).toEqual(['hot', 'hot']);
  expect(results.join() === (await aggregated(batch, 'hash')).results.join()).toBe(true);
});

test('which key was heavy is told though it was combined', async () => {
  const batch: Pairs = Array.from({ length: 20_000 }, (_, i) => [i % 2 === 0 ? 'hot' : `k${i % 100}`, i]);
  const { moved, heavy, shares } = await aggregated(batch, 'auto');
  expect(moved).toEqual([51, 51]);
  expect(heavy).toEqual(['hot', 'hot']);
  for (const share of shares) expect(share).toBeCloseTo(0.5, 1);
});

const onlyInReducers: Pairs = even(0, 9000).flatMap((pair) => [pair, pair]);

test.each([
  ['few keys', few(9000)],
  ['keys that come twice', onlyInReducers],
  ['a few pairs', few(20)],
] as const)(
  'a function that waits or gives undefined is refused wherever values are put together: %s',
  async (_, batch) => {
    const promised = (() => Promise.resolve(1)) as unknown as () => number;
    const nothing = (() => undefined) as unknown as () => number;
    for (const skew of ['auto', 'combine', 'hash', 'split'] as const) {
      await expect(aggregated(batch, skew, { f: promised }), skew).rejects.toMatchObject({
        cause: { code: 'MR_ASYNC_FUNCTION' },
      });
      await expect(aggregated(batch, skew, { f: nothing }), skew).rejects.toMatchObject({
        cause: { code: 'MR_UNDEFINED_IN_PAIR' },
      });
    }
  },
);

test.each([
  ['few keys', few(9000)],
  ['keys that come once', even(0, 9000)],
] as const)('so is an accumulator that is none: %s', async (_, batch) => {
  const wrong = (add: unknown) => ({ ...tally, add }) as typeof tally;
  for (const skew of ['auto', 'combine', 'hash', 'split'] as const) {
    await expect(aggregated(batch, skew, { aggregate: wrong(() => Promise.resolve(1)) }), skew).rejects.toMatchObject({
      cause: { code: 'MR_ASYNC_FUNCTION' },
    });
    await expect(aggregated(batch, skew, { aggregate: wrong(() => undefined) }), skew).rejects.toMatchObject({
      cause: { code: 'MR_UNDEFINED_IN_PAIR' },
    });
  }
});

test('a partitioner that throws is blamed on the operator that asked it', async () => {
  const nowhere = () => {
    throw new Error('nowhere');
  };
  const partitioner = customPartitioner(2, nowhere, 'nowhere');
  for (const skew of ['auto', 'combine', 'hash'] as const)
    await expect(aggregated(few(9000), skew, { partitioner }), skew).rejects.toThrow(/reduceByKey-1/);
});

test('a stretch without pairs does not end combining', async () => {
  // The first look ends with record 937, one of 64; the next one is at four times that.
  const skewed = (i: number) => `k${Math.floor(400 * ((i * 0.618034) % 1) ** 3)}`;
  const batch = Array.from({ length: 60_000 }, (_, i): [string, number] => [skewed(i), i]);
  const { moved } = await aggregated(batch, 'auto', { only: ([, i]) => i < 937 || i > 8000 });
  expect(moved).toEqual([400, 400]);
});

test('keys of which each comes twice nearby are not combined for long', async () => {
  const batch = Array.from({ length: 100_000 }, (_, i): [string, number] => [`k${i >> 1}`, i]);
  const { combined } = await aggregated(batch, 'auto');
  for (const n of combined) expect(n).toBeLessThan(10_000);
});

test('aggregates are checked where the operator is called', () => {
  const ssc = new StreamingContext(inlineBackend(), milliseconds(100));
  const pairs = ssc.queueStream<[string, number]>([]);
  for (const none of [undefined, null, 3, () => tally])
    expect(() => pairs.aggregateByKey(none as never)).toThrow(expect.objectContaining({ code: 'MR_OPTION' }));
  for (const [part, code] of [
    [{ merge: 5 }, 'MR_NOT_A_FUNCTION'],
    [{ add: undefined }, 'MR_NOT_A_FUNCTION'],
    [{ create: async () => 0 }, 'MR_ASYNC_FUNCTION'],
  ] as const) {
    const wrong = { ...tally, ...part } as never;
    expect(() => pairs.aggregateByKey(wrong)).toThrow(expect.objectContaining({ code }));
    expect(() => pairs.aggregateByKeyAndWindow(wrong, milliseconds(200))).toThrow(expect.objectContaining({ code }));
  }
});
