import { expect, test } from 'vitest';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { collectOutputs, runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import type { CheckpointOptions, CheckpointPlace, ContextOptions } from './context-options.ts';
import type { DStream } from './dstream/dstream.ts';
import { StreamingContext } from './streaming-context.ts';
import { milliseconds, seconds } from './time.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'.split('').map((letter) => [letter, 'x']);
const total = (words: DStream<string>, name = 'totals') =>
  words
    .map((word) => [word, 1] as [string, number])
    .updateStateByKey((ones: number[], n: number | null) => (n ?? 0) + ones.length, { name });

/** A job that counts words from a time on, for so many batches; what it gave, and what it warned of. */
async function run(
  store: CheckpointPlace,
  fromMs: number,
  batches: number,
  checkpoint: CheckpointOptions = {},
  options: ContextOptions = {},
  build: (words: DStream<string>) => DStream<unknown> = total,
) {
  const clock = new ManualClock(fromMs);
  const warnings: string[] = [];
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: (w) => warnings.push(w), ...options });
  ssc.checkpoint(store, checkpoint);
  const out = collectOutputs(build(new TestSource<string>(ssc, LETTERS, { name: 'words' })));
  await ssc.start();
  await ssc.awaitIdle();
  await runBatches(ssc, clock, batches);
  const skipped = ssc.run?.planner.holdings().skipped;
  await ssc.stop();
  const xs = out.map(({ time, records }) => [time, new Map(records as [string, number][]).get('x')]);
  return { times: out.map(({ time }) => time), xs, partitions: out.map((o) => o.numPartitions), warnings, skipped };
}

test('batch times that were missed get their batches, or are left out and said to be, for good', async () => {
  const made = memoryStore();
  await run(made, 0, 2);
  expect((await run(made, 5500, 1)).times).toEqual([3000, 4000, 5000, 6000]);
  const skipped = memoryStore();
  await run(skipped, 0, 2);
  const { xs, warnings } = await run(skipped, 5500, 1, { missedBatches: 'skip' });
  // The state goes on from the second batch.
  expect(xs).toEqual([[6000, 3]]);
  expect(warnings).toEqual([
    '3 batch times that were missed, from 1970-01-01T00:00:03.000Z to 1970-01-01T00:00:05.000Z, are left out.',
  ]);
  expect((await run(skipped, 6000, 1, {}, {}, (words) => total(words))).times).toEqual([7000]);
});

test('of more missed batch times than the bound the oldest are left out', async () => {
  const store = memoryStore();
  await run(store, 0, 2);
  const { times, warnings } = await run(store, 9000, 1, { maxMissedBatches: 2 });
  expect(times).toEqual([8000, 9000, 10_000]);
  expect(warnings).toEqual([
    '5 batch times that were missed, from 1970-01-01T00:00:03.000Z to 1970-01-01T00:00:07.000Z, are left out.',
  ]);
});

test('a window over times that were left out has no batches of them', async () => {
  const store = memoryStore();
  const window = (words: DStream<string>) =>
    words
      .filter((w) => w !== 'x')
      .map((w) => [w, 1])
      .window(seconds(4));
  const letters = async (fromMs: number, batches: number, checkpoint: CheckpointOptions = {}) => {
    const clock = new ManualClock(fromMs);
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
    ssc.checkpoint(store, checkpoint);
    const out = collectOutputs(window(new TestSource<string>(ssc, LETTERS, { name: 'words' })));
    await ssc.start();
    await ssc.awaitIdle();
    await runBatches(ssc, clock, batches);
    await ssc.stop();
    return out.map(({ records }) => (records as [string, number][]).map(([w]) => w).join(''));
  };
  expect(await letters(0, 3)).toEqual(['a', 'ab', 'abc']);
  expect(await letters(4500, 2, { missedBatches: 'skip' })).toEqual(['bce', 'cef']);
});

test('what is known of times that were left out is forgotten when no window looks back to them', async () => {
  const store = memoryStore();
  const build = (words: DStream<string>) => total(words.window(seconds(3)));
  const skips = { missedBatches: 'skip' } as const;
  /** What the planner knows of, and what the store does. */
  const known = async (fromMs: number, batches: number, checkpoint: CheckpointOptions = skips) => {
    const { skipped } = await run(store, fromMs, batches, checkpoint, {}, build);
    await store.open();
    const stored = [...store.entries(['skipped'])].map(({ key }) => key[1]);
    await store.close();
    return [skipped, stored];
  };
  expect(await known(0, 2)).toEqual([0, []]);
  // The window of 6000 looks back to 4000.
  expect(await known(5500, 1)).toEqual([1, [3000]]);
  // That of 9000 is the last that looked; records go with what is written next.
  expect(await known(8500, 1)).toEqual([1, [3000, 7000]]);
  expect(await known(9000, 4)).toEqual([0, []]);
});

test('a program that differs is refused with what differs, allowed by name, and then the one that counts', async () => {
  const store = memoryStore();
  await run(store, 0, 2);
  const other = (words: DStream<string>) =>
    total(
      words.filter((w) => w !== 'none'),
      'sums',
    );
  const refused = run(store, 2000, 1, {}, {}, other);
  await expect(refused).rejects.toMatchObject({ code: 'MR_CHECKPOINT_DIFFERS' });
  await refused.catch(({ details, message }) => {
    const names = details.differences.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['filter-1', 'map-1', 'sums', 'totals']);
    for (const name of names) expect(message).toContain(name);
  });
  const allow = ['filter-1', 'map-1', 'sums', 'totals'];
  // The state of the node that is gone is not the new one's.
  expect((await run(store, 2000, 1, { allow }, {}, other)).xs).toEqual([[3000, 1]]);
  expect((await run(store, 3000, 1, {}, {}, other)).xs).toEqual([[4000, 2]]);
  await expect(run(store, 4000, 1)).rejects.toMatchObject({ code: 'MR_CHECKPOINT_DIFFERS' });
});

test('other partitions of state, and another window, are refused whatever is allowed; migrate moves keys', async () => {
  const pairs = (words: DStream<string>) => words.map((word) => [word, 1] as [string, number]);
  const add = (a: number, b: number) => a + b;
  type Build = (words: DStream<string>) => DStream<unknown>;
  const counted =
    (numPartitions: number): Build =>
    (words) =>
      pairs(words).updateStateByKey((ns: number[], n: number | null) => (n ?? 0) + ns.length, {
        name: 't',
        numPartitions,
      });
  const windowed =
    (length: number): Build =>
    (words) =>
      pairs(words).reduceByKeyAndWindow(add, seconds(length), seconds(1), { inverse: (a, b) => a - b, name: 't' });
  const seen =
    (numPartitions: number): Build =>
    (words) =>
      pairs(words).dedupe(([word]) => word, { ttl: seconds(9), name: 't', numPartitions });
  for (const [before, now, advice] of [
    [counted(3), counted(2), "ssc.migrate('t', null)"],
    [counted(2), counted(3), "ssc.migrate('t', null)"],
    [windowed(5), windowed(2), 'another name'],
    [seen(3), seen(2), 'another name'],
  ] as const) {
    const store = memoryStore();
    await run(store, 0, 3, {}, {}, before);
    const refused = run(store, 3000, 1, { allow: ['t'] }, {}, now);
    await expect(refused).rejects.toMatchObject({ code: 'MR_CHECKPOINT_DIFFERS' });
    await expect(refused).rejects.toThrow(advice);
    if (!advice.includes('migrate')) continue;
    const clock = new ManualClock(3000);
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, checkpoint: store, warn: () => {} });
    const out = collectOutputs(now(new TestSource<string>(ssc, LETTERS, { name: 'words' })));
    ssc.migrate('t', null);
    await ssc.start();
    await runBatches(ssc, clock, 1);
    await ssc.stop();
    expect(new Map(out[0].records as [string, number][]).get('x')).toBe(4);
  }
});

test('what updateStateByKey writes follows the keys that changed', async () => {
  const store = memoryStore();
  const sizes: number[] = [];
  const measured: CheckpointStore = {
    ...store,
    async write(changes) {
      for (const c of changes) if (c.kind === 'put' && c.key[0] === 'state') sizes.push(c.value.length);
      return store.write(changes);
    },
  };
  const clock = new ManualClock(0);
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, checkpoint: measured, warn: () => {} });
  const all = Array.from({ length: 5000 }, (_, i) => `key-${i}`);
  const words = new TestSource<string>(ssc, [all, ['key-1'], ['key-2'], []], { name: 'words' });
  const counts = words
    .map((word) => [word, 1] as [string, number])
    .updateStateByKey((ones: number[], n: number | null) => (n ?? 0) + ones.length, { numPartitions: 1 });
  const objects = words
    .map((word) => [word, 1] as [string, number])
    .updateStateByKey<string, number, { n: number }>(
      (ones, state) => (ones.length === 0 ? state : { n: (state?.n ?? 0) + ones.length }),
      { numPartitions: 1 },
    );
  counts.count().print();
  objects.count().print();
  await ssc.start();
  await runBatches(ssc, clock, 4);
  await ssc.stop();
  const [first, second, ...later] = sizes;
  expect(Math.min(first, second)).toBeGreaterThan(20_000);
  expect(later.length).toBeGreaterThanOrEqual(4);
  expect(Math.max(...later)).toBeLessThan(500);
});

test('another batch interval, and another job, are refused', async () => {
  const store = memoryStore();
  await run(store, 0, 2);
  const clock = new ManualClock(2000);
  const ssc = new StreamingContext(inlineBackend(), seconds(2), { clock, name: 'another', checkpoint: store });
  total(new TestSource<string>(ssc, LETTERS, { name: 'words' })).print();
  await expect(ssc.start()).rejects.toThrow(/batch interval\n {4}before: 1000 ms\n {4}now: {4}2000 ms[\s\S]*another/);
});

test('a job goes on with as many partitions as it had, whatever the backend would choose', async () => {
  const store = memoryStore();
  await run(store, 0, 2, {}, { defaultParallelism: 3 });
  const { partitions, xs, warnings } = await run(store, 2000, 2, {}, { defaultParallelism: 2 });
  expect(partitions).toEqual([3, 3]);
  expect(xs).toEqual([
    [3000, 3],
    [4000, 4],
  ]);
  expect(warnings[0]).toContain('default parallelism of 3');
});

test('a second context on the same store is refused, and does not disturb the first', async () => {
  const store = memoryStore();
  const clock = new ManualClock();
  const first = new StreamingContext(inlineBackend(), seconds(1), { clock, checkpoint: store });
  const out = collectOutputs(total(new TestSource<string>(first, LETTERS, { name: 'words' })));
  await first.start();
  await runBatches(first, clock, 1);
  await expect(run(store, 0, 1)).rejects.toMatchObject({ code: 'MR_CHECKPOINT_OWNED' });
  await runBatches(first, clock, 1);
  await first.stop();
  expect(out.length).toBe(2);
});

test('getOrCreate makes a job with a checkpoint, which goes on the second time', async () => {
  const store = memoryStore();
  const seen: unknown[] = [];
  for (const fromMs of [0, 2000]) {
    const clock = new ManualClock(fromMs);
    const ssc = StreamingContext.getOrCreate(store, () => {
      const made = new StreamingContext(inlineBackend(), seconds(1), { clock });
      total(new TestSource<string>(made, LETTERS, { name: 'words' })).foreachRDD(async (rdd) => {
        seen.push(new Map(await rdd.collect()).get('x'));
      });
      return made;
    });
    await ssc.start();
    await runBatches(ssc, clock, 2);
    await ssc.stop();
  }
  expect(seen).toEqual([1, 2, 3, 4]);
});

test('a queue cannot go on, and says so', async () => {
  const store = memoryStore();
  const start = async (fromMs: number) => {
    const clock = new ManualClock(fromMs);
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, checkpoint: store });
    ssc.queueStream([['a'], ['b']], { name: 'letters' }).print();
    await ssc.start();
    await runBatches(ssc, clock, 1);
    await ssc.stop();
  };
  await start(0);
  await expect(start(1000)).rejects.toThrow(/letters/);
  await expect(start(1000)).rejects.toMatchObject({ code: 'MR_QUEUE_NOT_RECOVERABLE' });
});

test('a batch interval that follows the load goes on where it was, and windows with it', async () => {
  const store = memoryStore();
  const job = async (fromMs: number, slowMs: number, untilMs: number) => {
    const clock = new ManualClock(fromMs);
    const ssc = new StreamingContext(inlineBackend(), milliseconds(100), {
      clock,
      warn: () => {},
      adaptiveBatchInterval: { min: milliseconds(100), max: milliseconds(800) },
      checkpoint: store,
    });
    const intervals: number[] = [];
    ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => void intervals.push(batchInfo.batchInterval) });
    const times: number[] = [];
    const totals = total(new TestSource<string>(ssc, [], { name: 'words' }));
    totals.foreachRDD(async (rdd, time) => {
      times.push(time.milliseconds);
      await rdd.count();
      // The batch takes its time by the clock, which the test moves.
      if (slowMs > 0) await new Promise<void>((resolve) => void clock.at(clock.now() + slowMs, resolve));
    });
    await ssc.start();
    while (clock.now() < untilMs) await clock.advance(50);
    const stopped = ssc.stop();
    for (let i = 0; i < 20; i++) await clock.advance(50);
    await stopped;
    return { intervals, times };
  };
  const first = await job(0, 300, 5000);
  const reached = first.intervals.at(-1) as number;
  expect(reached).toBeGreaterThan(100);
  const second = await job(6000, 300, 9000);
  // Pending and missed batches first; none is at the job's own interval again.
  expect(Math.min(...second.intervals)).toBeGreaterThan(100);
  const all = [...new Set([...first.times, ...second.times])];
  expect(all).toEqual([...all].sort((a, b) => a - b));
  expect(all.every((time) => time % 100 === 0)).toBe(true);
});
