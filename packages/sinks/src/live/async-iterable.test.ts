import { milliseconds, StreamingContext } from '@millrace/core';
import { inlineBackend, ManualClock, runBatches, TestSource } from '@millrace/core/testing';
import { expect, test } from 'vitest';
import { type AsyncIterableOptions, toAsyncIterable } from './index.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });

/** A context whose clock stands still. `computed` counts records that went through the stream. */
function setUp(batches: readonly (readonly number[])[], fail: (n: number) => boolean = () => false) {
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), milliseconds(100), { clock });
  const log = { computed: 0, completed: 0 };
  const source = new TestSource(ssc, batches);
  const stream = source.map((n: number) => {
    if (fail(n)) throw new Error(`no ${n}`);
    log.computed++;
    return n;
  });
  ssc.addStreamingListener({ onBatchCompleted: () => void log.completed++ });
  return { ssc, clock, log, source, stream };
}

/** Lets everything that can go on without the clock go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const each of iterable) out.push(each);
  return out;
}

test('records come one by one, in order, until the context stops', async () => {
  const { ssc, clock, stream } = setUp([[1, 2], [], [3]]);
  const live = toAsyncIterable(stream);
  const got = all(live);
  await ssc.start();
  await runBatches(ssc, clock, 3);
  await ssc.stop();
  expect(await got).toEqual([1, 2, 3]);
  expect(await all(live)).toEqual([]);
});

test('batches come with their times, empty ones as well', async () => {
  const { ssc, clock, stream } = setUp([[1, 2], [], [3]]);
  const got = all(toAsyncIterable(stream, { unit: 'batch' }));
  await ssc.start();
  await runBatches(ssc, clock, 3);
  await ssc.stop();
  expect(await got).toEqual([
    { time: 100, records: [1, 2] },
    { time: 200, records: [] },
    { time: 300, records: [3] },
  ]);
});

test('with wait a batch waits for the consumer, and the job with it', async () => {
  const { ssc, clock, log, stream } = setUp([range(0, 10), range(10, 20), range(20, 30)]);
  const live = toAsyncIterable(stream, { maxBuffered: 4 });
  const consumer = live[Symbol.asyncIterator]();
  await ssc.start();
  await clock.advance(300);
  await settle();
  expect(live.buffered).toBe(4);
  expect(log).toEqual({ computed: 10, completed: 0 });
  const got: unknown[] = [];
  for (let i = 0; i < 7; i++) got.push((await consumer.next()).value);
  await settle();
  expect(live.buffered).toBe(4);
  // 7 taken, 3 of the first batch wait, and one of the second.
  expect(log).toEqual({ computed: 20, completed: 1 });
  for (let i = 7; i < 30; i++) got.push((await consumer.next()).value);
  await ssc.awaitIdle();
  expect(got).toEqual(range(0, 30));
  expect(live.dropped).toBe(0);
  await ssc.stop();
});

test('what comes before the first consumer waits for it', async () => {
  const { ssc, clock, stream } = setUp([range(0, 3), range(3, 6)]);
  const live = toAsyncIterable(stream, { maxBuffered: 4 });
  await ssc.start();
  await clock.advance(200);
  await settle();
  expect(live.buffered).toBe(4);
  const got = all(live);
  await ssc.awaitIdle();
  await ssc.stop();
  expect(await got).toEqual(range(0, 6));
});

test('with dropOldest the job does not wait; what is lost is counted', async () => {
  const { ssc, clock, log, stream } = setUp([range(0, 10), range(10, 20)]);
  const live = toAsyncIterable(stream, { maxBuffered: 4, onFull: 'dropOldest' });
  await ssc.start();
  await runBatches(ssc, clock, 2);
  expect(log.completed).toBe(2);
  expect(live.buffered).toBe(4);
  expect(live.dropped).toBe(16);
  await ssc.stop();
  expect(await all(live)).toEqual([16, 17, 18, 19]);
});

test('a large batch is given to a quick consumer while it is handed over', async () => {
  const { ssc, clock, stream } = setUp([range(0, 100_000)]);
  const live = toAsyncIterable(stream, { maxBuffered: 2000, onFull: 'dropOldest' });
  const got = all(live);
  await ssc.start();
  await runBatches(ssc, clock, 1);
  await ssc.stop();
  expect(await got).toEqual(range(0, 100_000));
  expect(live.dropped).toBe(0);
});

test('who leaves the loop is not waited for, and nothing is computed for it', async () => {
  const { ssc, clock, log, stream } = setUp([range(0, 10), range(10, 20), range(20, 30), range(30, 33)]);
  const live = toAsyncIterable(stream, { maxBuffered: 2 });
  await ssc.start();
  void clock.advance(300);
  for await (const n of live) if (n === 1) break;
  expect(live.buffered).toBe(0);
  await clock.advance(0);
  await ssc.awaitIdle();
  expect(log).toEqual({ computed: 10, completed: 3 });
  // A later loop begins with the next batch.
  const got = all(live);
  await runBatches(ssc, clock, 1);
  await ssc.stop();
  expect(await got).toEqual([30, 31, 32]);
});

test('disposing ends the loops', async () => {
  const { ssc, clock, log, stream } = setUp([range(0, 10), range(10, 20)]);
  const live = toAsyncIterable(stream, { maxBuffered: 2 });
  const consumer = live[Symbol.asyncIterator]();
  await ssc.start();
  {
    await using disposed = live;
    void clock.advance(100);
    expect(await consumer.next()).toEqual({ done: false, value: 0 });
    expect(disposed.buffered).toBeLessThanOrEqual(2);
  }
  expect(await consumer.next()).toEqual({ done: true, value: undefined });
  expect(await all(live)).toEqual([]);
  await ssc.awaitIdle();
  await runBatches(ssc, clock, 1);
  expect(log).toEqual({ computed: 10, completed: 2 });
  await ssc.stop();
});

test('a next that waits ends when its consumer leaves', async () => {
  const { ssc, stream } = setUp([]);
  const consumer = toAsyncIterable(stream)[Symbol.asyncIterator]();
  await ssc.start();
  const waiting = consumer.next();
  await consumer.return?.();
  expect(await waiting).toEqual({ done: true, value: undefined });
  await ssc.stop();
});

test('several loops share the records; when one leaves the other gets the rest', async () => {
  const { ssc, clock, stream } = setUp([range(0, 6), range(6, 9)]);
  const live = toAsyncIterable(stream, { maxBuffered: 1 });
  const first: number[] = [];
  const one = (async () => {
    for await (const n of live) {
      first.push(n);
      if (first.length === 2) break;
    }
  })();
  const two = all(live);
  await ssc.start();
  await runBatches(ssc, clock, 2);
  await ssc.stop();
  await one;
  expect(first).toHaveLength(2);
  expect([...first, ...(await two)].sort((a, b) => a - b)).toEqual(range(0, 9));
});

test('several iterables each get all records', async () => {
  const { ssc, clock, stream } = setUp([range(0, 5)]);
  const both = [all(toAsyncIterable(stream)), all(toAsyncIterable(stream, { maxBuffered: 1 }))];
  await ssc.start();
  await runBatches(ssc, clock, 1);
  await ssc.stop();
  expect(await Promise.all(both)).toEqual([range(0, 5), range(0, 5)]);
});

test('the loop throws what the job failed with, after all records, once', async () => {
  const { ssc, clock, stream } = setUp([[1], [2], [3]], (n) => n === 2);
  const live = toAsyncIterable(stream);
  await ssc.start();
  await runBatches(ssc, clock, 3);
  // The job has gone on after the failed batch; the error comes at its end.
  const consumer = live[Symbol.asyncIterator]();
  expect((await consumer.next()).value).toBe(1);
  expect((await consumer.next()).value).toBe(3);
  const last = consumer.next();
  void ssc.stop();
  await expect(last).rejects.toThrow(code('MR_TASK_FAILED'));
  expect(await consumer.next()).toEqual({ done: true, value: undefined });
});

test('the loop throws what start() failed with', async () => {
  const { ssc, source, stream } = setUp([]);
  source.start = () => {
    throw new Error('no source');
  };
  const got = all(toAsyncIterable(stream));
  await expect(ssc.start()).rejects.toThrow('no source');
  await expect(got).rejects.toThrow('no source');
});

test('the loop ends when the context is stopped and was never started', async () => {
  const { ssc, stream } = setUp([]);
  const got = all(toAsyncIterable(stream));
  await ssc.stop();
  expect(await got).toEqual([]);
});

test('stop may be awaited inside the loop: the running batch is handed over beyond the bound', async () => {
  const { ssc, clock, stream } = setUp([range(0, 10), range(10, 20)]);
  const live = toAsyncIterable(stream, { maxBuffered: 2 });
  await ssc.start();
  void clock.advance(200);
  const got: number[] = [];
  for await (const n of live) {
    got.push(n);
    if (n === 3) await ssc.stop();
  }
  expect(got).toEqual(range(0, 10));
});

test('a graceful stop waits for the consumer', async () => {
  const { ssc, clock, source, stream } = setUp([range(0, 10), range(10, 20)]);
  let pending = 1;
  source.hasPending = () => pending-- > 0;
  const live = toAsyncIterable(stream, { maxBuffered: 2 });
  await ssc.start();
  void clock.advance(100);
  await settle();
  let stopped = false;
  const stop = ssc.stop({ graceful: true }).then(() => {
    stopped = true;
  });
  await settle();
  expect(stopped).toBe(false);
  expect(live.buffered).toBe(2);
  expect(await all(live)).toEqual(range(0, 20));
  await stop;
});

test.each([
  { maxBuffered: 0 },
  { maxBuffered: 1.5 },
  { onFull: 'drop' },
  { unit: 'batches' },
  { maxbuffered: 1 },
  null,
])('refuses %j', (options) => {
  const { stream } = setUp([]);
  expect(() => toAsyncIterable(stream, options as AsyncIterableOptions as never)).toThrow(code('MR_OPTION'));
});

test('memory stays bounded over 1,000 batches of a consumer that is slow', async () => {
  const { ssc, clock, stream } = setUp(Array.from({ length: 1000 }, (_, i) => range(i * 10, i * 10 + 10)));
  const live = toAsyncIterable(stream, { maxBuffered: 25, onFull: 'dropOldest' });
  const consumer = live[Symbol.asyncIterator]();
  const got: number[] = [];
  let largest = 0;
  await ssc.start();
  for (let i = 0; i < 1000; i++) {
    await runBatches(ssc, clock, 1);
    largest = Math.max(largest, live.buffered);
    got.push((await consumer.next()).value as number);
  }
  expect(largest).toBe(25);
  await ssc.stop();
  for (let next = await consumer.next(); next.done !== true; next = await consumer.next()) got.push(next.value);
  expect(got.length + live.dropped).toBe(10_000);
  expect(got).toEqual(got.toSorted((a, b) => a - b));
});
