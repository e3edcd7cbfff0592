import { PassThrough, Readable } from 'node:stream';
import { isMillraceError, milliseconds, StreamingContext } from '@millrace/core';
import { collectOutputs, inlineBackend, ManualClock, runBatches } from '@millrace/core/testing';
import { expect, test } from 'vitest';
import { type IterableOptions, type IterableSource, iterableStream } from './index.ts';

/** A context whose clock stands still, with one iterable stream whose batches are collected. */
function setUp<T>(source: IterableSource<T>, options?: IterableOptions) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const ssc = new StreamingContext(inlineBackend(), milliseconds(100), { clock, warn: (m) => warnings.push(m) });
  const stream = iterableStream<T>(ssc, source, options);
  const outputs = collectOutputs(stream);
  return { clock, ssc, stream, warnings, outputs, records: () => outputs.map((b) => b.records) };
}

/** Lets pulls that do not wait for the outside settle. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

function* numbers(log: string[] = []) {
  try {
    for (let n = 0; ; n++) {
      log.push(`pulled ${n}`);
      yield n;
    }
  } finally {
    log.push('returned');
  }
}

test('a batch gets what is buffered, in order, each record once; after the end batches are empty', async () => {
  const { ssc, clock, stream, records } = setUp([1, 2, 3, 4, 5], { maxPerBatch: 2 });
  await ssc.start();
  await runBatches(ssc, clock, 4);
  await stream.ended;
  expect(records()).toEqual([[1, 2], [3, 4], [5], []]);
  await ssc.stop();
});

test('constructing pulls nothing and calls nothing', () => {
  const log: string[] = [];
  const { stream } = setUp(() => {
    log.push('called');
    return numbers(log);
  });
  expect(log).toEqual([]);
  expect(stream.hasPending()).toBe(false);
});

test('an endless generator is pulled up to maxBuffered, and again after each batch', async () => {
  const log: string[] = [];
  const { ssc, clock, stream, records } = setUp(() => numbers(log), { maxBuffered: 3, maxPerBatch: 2 });
  await ssc.start();
  expect(log).toEqual(['pulled 0', 'pulled 1', 'pulled 2']);
  expect(stream.buffered).toBe(3);
  await runBatches(ssc, clock, 1);
  expect(log.at(-1)).toBe('pulled 4');
  await runBatches(ssc, clock, 1);
  expect(records()).toEqual([
    [0, 1],
    [2, 3],
  ]);
  await ssc.stop({ graceful: true });
  expect(log.at(-1)).toBe('returned');
  expect(records().flat()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  await stream.ended;
});

test('a slow generator lets the event loop live', async () => {
  let elapsed = 0;
  let breaths = 0;
  const clock = new ManualClock();
  clock.elapsed = () => elapsed;
  const breathe = clock.breathe.bind(clock);
  clock.breathe = () => {
    breaths++;
    return breathe();
  };
  const ssc = new StreamingContext(inlineBackend(), milliseconds(100), { clock });
  const stream = iterableStream(ssc, function* () {
    for (let n = 0; ; n++) {
      elapsed += 1;
      yield n;
    }
  });
  stream.start();
  // 64 records of one ms are more than a slice; the rest comes while others have their turn.
  expect(stream.buffered).toBe(64);
  await until(() => stream.buffered === 10_000);
  expect(breaths).toBe(Math.floor(10_000 / 64));
});

test('an async generator is not pulled while the buffer is full', async () => {
  const log: string[] = [];
  const { ssc, clock, stream, records } = setUp(
    async function* () {
      yield* numbers(log);
    },
    { maxBuffered: 2 },
  );
  await ssc.start();
  await until(() => stream.buffered === 2);
  await runBatches(ssc, clock, 1);
  await until(() => stream.buffered === 2);
  expect(records()).toEqual([[0, 1]]);
  expect(log).toHaveLength(4);
  await ssc.stop();
  expect(log.at(-1)).toBe('returned');
});

test('stop does not wait for an async generator that waits', async () => {
  const { ssc, clock, stream, records } = setUp(async function* () {
    yield 1;
    await new Promise(() => {});
  });
  await ssc.start();
  await until(() => stream.buffered === 1);
  await ssc.stop({ graceful: true });
  expect(records()).toEqual([[1]]);
  expect(clock.pending).toBe(0);
});

test('a Readable in object mode gives its objects and is destroyed by stop', async () => {
  const readable = new PassThrough({ objectMode: true, highWaterMark: 2 });
  const { ssc, clock, stream, records } = setUp<{ id: number }>(() => readable, { maxBuffered: 3 });
  await ssc.start();
  let written = 0;
  while (readable.write({ id: written++ }));
  await until(() => stream.buffered > 0);
  await runBatches(ssc, clock, 1);
  expect(records()[0]).toContainEqual({ id: 0 });
  await ssc.stop();
  expect(readable.destroyed).toBe(true);
});

test('a Readable is paused while the buffer is full', async () => {
  let made = 0;
  const readable = new Readable({
    objectMode: true,
    highWaterMark: 1,
    read() {
      this.push({ id: made++ });
    },
  });
  const { ssc, stream } = setUp(() => readable, { maxBuffered: 5 });
  await ssc.start();
  await until(() => stream.buffered === 5);
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(stream.buffered).toBe(5);
  expect(made).toBeLessThanOrEqual(8);
  await ssc.stop();
});

test('any other Readable gives its lines', async () => {
  const bytes = Buffer.from('añb\r\n\n😀x\nlast');
  const { ssc, clock, stream, records } = setUp<string>(() =>
    Readable.from(
      Array.from(bytes, (b) => Buffer.of(b)),
      { objectMode: false },
    ),
  );
  await ssc.start();
  await until(() => stream.buffered === 4);
  await runBatches(ssc, clock, 1);
  expect(records()).toEqual([['añb', '', '😀x', 'last']]);
  await stream.ended;
  await ssc.stop();
});

test('a Readable with an encoding gives lines, too', async () => {
  const { ssc, clock, stream, records } = setUp<string>(() =>
    Readable.from(['ab', 'c\nd\r', '\ne\n'], { objectMode: false, encoding: 'utf8' }),
  );
  await ssc.start();
  await until(() => stream.buffered === 3);
  await runBatches(ssc, clock, 1);
  expect(records()).toEqual([['abc', 'd', 'e']]);
  await ssc.stop();
});

test('a line without end is refused', async () => {
  const { ssc, clock, stream } = setUp<string>(
    () => Readable.from(['a\n', 'b'.repeat(50), 'b'.repeat(51)], { objectMode: false }),
    { maxLineLength: 100 },
  );
  await ssc.start();
  await until(() => stream.hasPending());
  await runBatches(ssc, clock, 2);
  await expect(stream.ended).rejects.toThrow('a line is longer than maxLineLength, 100 characters');
});

test('an error of the source fails one batch, after the records before it', async () => {
  const cause = new Error('connection lost');
  const { ssc, clock, stream, records } = setUp(function* () {
    yield 1;
    yield 2;
    throw cause;
  });
  await ssc.start();
  await runBatches(ssc, clock, 3);
  expect(records()).toEqual([[1, 2], []]);
  const failure = await ssc.awaitTermination().catch((e: unknown) => e);
  expect(isMillraceError(failure, 'MR_SOURCE_FAILED')).toBe(true);
  expect(failure).toMatchObject({ cause, details: { source: stream.name } });
  await expect(stream.ended).rejects.toBe(failure);
  await ssc.stop();
});

test('a graceful stop surfaces an error that waits', async () => {
  const { ssc } = setUp(function* () {
    yield 1;
    throw 'plain text';
  });
  await ssc.start();
  await ssc.stop({ graceful: true });
  await expect(ssc.awaitTermination()).rejects.toThrow('it threw string plain text');
});

test('a function that throws or gives nothing to iterate fails start', async () => {
  const thrown = setUp(() => {
    throw new Error('no such table');
  });
  await expect(thrown.ssc.start()).rejects.toMatchObject({
    code: 'MR_SOURCE_FAILED',
    message: expect.stringContaining('no such table'),
  });
  const nothing = setUp((() => 7) as unknown as () => number[]);
  await expect(nothing.ssc.start()).rejects.toMatchObject({
    code: 'MR_SOURCE_FAILED',
    message: expect.stringContaining('returned 7, which cannot be iterated'),
  });
  const text = setUp(() => '/var/log/syslog');
  await expect(text.ssc.start()).rejects.toMatchObject({
    code: 'MR_SOURCE_FAILED',
    message: expect.stringContaining('returned a text, which cannot be iterated'),
  });
});

test('a generator that throws when it is closed is a warning', async () => {
  const { ssc, warnings } = setUp(function* () {
    try {
      yield* numbers();
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: the case
      throw new Error('cannot close');
    }
  });
  await ssc.start();
  await ssc.stop();
  expect(warnings).toEqual([expect.stringContaining('cannot close')]);
});

test('partitions hold neighbouring records', async () => {
  const { ssc, stream } = setUp([1, 2, 3, 4, 5, 6, 7], { numPartitions: 3, maxPerBatch: 5 });
  stream.start();
  const partitions = () => stream.compute().partitions.map((p) => p.kind === 'live' && p.records);
  expect(partitions()).toEqual([[1], [2, 3], [4, 5]]);
  expect(stream.compute()).toMatchObject({ numRecords: 2, metadata: { Description: 'records 5 to 6' } });
  expect(partitions()).toEqual([[]]);
  await ssc.stop();
});

test('what cannot be iterated and numbers that make no sense are refused where they are written', () => {
  for (const wrong of [7, '/var/log/syslog'])
    expect(() => setUp(wrong as unknown as number[])).toThrow(
      'must be an iterable, an async iterable, a Readable, or a function',
    );
  for (const [option, value] of [
    ['maxBuffered', 0],
    ['maxPerBatch', 1.5],
    ['numPartitions', -1],
    ['maxLineLength', Number.NaN],
  ] as const) {
    expect(() => setUp([1], { [option]: value })).toThrow(
      `iterableStream: ${option} is ${Number.isNaN(value) ? 'NaN' : value}; it must be a whole number of at least 1`,
    );
  }
});

test('memory stays bounded over many batches', async () => {
  const { ssc, clock, stream, outputs } = setUp(() => numbers(), { maxBuffered: 50 });
  await ssc.start();
  for (let i = 0; i < 1000; i++) {
    await runBatches(ssc, clock, 1);
    expect(stream.buffered).toBe(50);
  }
  expect(outputs.reduce((n, b) => n + b.records.length, 0)).toBe(50_000);
  await ssc.stop();
});

test('nothing is pulled beyond maxRate, and the batches are even', async () => {
  const log: string[] = [];
  const { ssc, clock, stream, records } = setUp(() => numbers(log), { maxRate: 50 });
  await ssc.start();
  expect(log).toEqual(['pulled 0']);
  expect(stream.flow()).toEqual({ rateLimit: 50, waitingRecords: 1, waitingBytes: 0, refused: 0, dropped: 0 });
  await clock.advance(19);
  expect(log).toHaveLength(1);
  await clock.advance(1);
  expect(log).toHaveLength(2);
  await clock.advance(80);
  await runBatches(ssc, clock, 4);
  const sizes = records().map((batch) => batch.length);
  expect(sizes.reduce((a, b) => a + b) + stream.buffered).toBe(log.length);
  expect(log.length).toBe(1 + 25);
  expect(sizes.slice(1)).toEqual([5, 5, 5, 5]);
  await ssc.stop();
  // Nothing waits for time any more.
  expect(clock.pending).toBe(0);
});

test('an async source is not pulled beyond the rate that backpressure sets, and at once when it rises', async () => {
  const log: string[] = [];
  const { ssc, clock, stream } = setUp(
    async function* () {
      yield* numbers(log);
    },
    { maxBuffered: 100 },
  );
  stream.onRate(5);
  await ssc.start();
  await until(() => stream.buffered === 100);
  stream.onRate(10);
  await runBatches(ssc, clock, 1);
  await until(() => log.length > 100);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  // The rate holds from here on: one at once, and one each 100 ms.
  const begun = log.length;
  expect(begun).toBeLessThanOrEqual(102);
  await runBatches(ssc, clock, 3);
  await until(() => log.length === begun + 3);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(log).toHaveLength(begun + 3);
  expect(stream.flow().rateLimit).toBe(10);
  stream.onRate(0);
  expect(stream.flow().rateLimit).toBe(10);
  // What is owed is time: it is the same at the new rate.
  stream.onRate(1_000_000);
  await clock.advance(100);
  await clock.advance(1);
  await until(() => stream.buffered === 100);
  await ssc.stop();
});

test('lines of a Readable are paid for behind their chunk', async () => {
  const readable = new PassThrough();
  readable.write('1\n2\n3\n');
  const { ssc, clock, stream, records } = setUp<string>(() => readable, { maxRate: 10 });
  await ssc.start();
  await until(() => stream.buffered === 3);
  readable.write('4\n5\n6\n7\n');
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(stream.buffered).toBe(3);
  const sizes: number[] = [];
  for (let i = 0; i < 3; i++) {
    await runBatches(ssc, clock, 1);
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    sizes.push(records().flat().length + stream.buffered);
  }
  // Three lines are 300 ms.
  expect(sizes).toEqual([3, 3, 7]);
  await ssc.stop();
});

test('a misspelt option and a rate that is none are refused', () => {
  for (const wrong of [{ maxrate: 5 }, { maxRate: 0 }, { maxRate: Number.NaN }]) {
    expect(() => setUp([1], wrong)).toThrow(expect.objectContaining({ code: 'MR_OPTION' }));
  }
});
