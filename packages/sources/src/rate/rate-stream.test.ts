import { type BackpressureOptions, isMillraceError, milliseconds, StreamingContext, seconds } from '@millrace/core';
import {
  collectOutputs,
  inlineBackend,
  ManualClock,
  registerCases,
  runBatches,
  sourceConformance,
} from '@millrace/core/testing';
import { describe, expect, it, test } from 'vitest';
import { generate } from './generate.ts';
import { type RateInputDStream, type RateOptions, rateStream } from './index.ts';
import { RecordRandom } from './record-random.ts';

function setUp<T>(
  options: RateOptions<T>,
  context: { interval?: number; startMs?: number; backpressure?: BackpressureOptions } = {},
) {
  const clock = new ManualClock(context.startMs ?? 0);
  const { backpressure } = context;
  const ssc = new StreamingContext(inlineBackend(), milliseconds(context.interval ?? 100), {
    clock,
    backpressure,
    warn: () => {},
  });
  const stream = rateStream(ssc, options);
  const outputs = collectOutputs(stream);
  return { clock, ssc, stream, outputs, sizes: () => outputs.map((b) => b.records.length) };
}

const numbered = (i: number) => i;

test('a batch has what is due by its time, each record once, in order', async () => {
  const { ssc, clock, outputs, sizes } = setUp(
    { recordsPerSecond: 25, record: numbered, numPartitions: 2 },
    { startMs: 1_234_567 },
  );
  await ssc.start();
  await runBatches(ssc, clock, 8);
  expect(sizes()).toEqual([2, 3, 2, 3, 2, 3, 2, 3]);
  expect(outputs.flatMap((b) => b.records)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(outputs.map((b) => b.numPartitions)).toEqual(Array(8).fill(2));
  await ssc.stop();
});

test('records are the same whatever batches and partitions they come in', async () => {
  const record = (i: number, random: () => number) => [i, random(), random()];
  const runs = await Promise.all(
    [1, 7].map(async (numPartitions) => {
      const { ssc, clock, outputs } = setUp(
        { recordsPerSecond: 100, record, numPartitions, seed: 'x' },
        { interval: 50 * numPartitions },
      );
      await ssc.start();
      while (outputs.flatMap((b) => b.records).length < 100) await runBatches(ssc, clock, 1);
      await ssc.stop();
      return outputs.flatMap((b) => b.records).slice(0, 100);
    }),
  );
  expect(runs[0]).toEqual(runs[1]);
  const numbers = runs[0].flatMap(([, a, b]) => [a, b]);
  expect(new Set(numbers).size).toBe(200);
});

test('random numbers depend on seed and record alone, and are spread evenly', () => {
  const of = (seed: string, record: number) => {
    const random = new RecordRandom(seed);
    random.begin(record);
    return [random.next(), random.next()];
  };
  expect(of('a', 5)).toEqual(of('a', 5));
  expect(of('a', 5)).not.toEqual(of('b', 5));
  expect(of('a', 5)).not.toEqual(of('a', 5 + 2 ** 32));
  const buckets = new Array<number>(10).fill(0);
  const random = new RecordRandom('even');
  for (let i = 0; i < 10_000; i++) {
    random.begin(i);
    const n = random.next();
    expect(n >= 0 && n < 1).toBe(true);
    buckets[Math.floor(n * 10)]++;
  }
  for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test('the rate rises over a time, and follows a function', async () => {
  const ramp = setUp({ recordsPerSecond: 100, record: numbered, rampUp: milliseconds(400) });
  await ramp.ssc.start();
  await runBatches(ramp.ssc, ramp.clock, 6);
  // 100/s × t²/(2 × 0.4 s): 1.25, 5, 11.25, 20; then 10 each.
  expect(ramp.sizes()).toEqual([1, 4, 6, 9, 10, 10]);
  await ramp.ssc.stop();

  const asked: number[] = [];
  const curve = setUp({
    recordsPerSecond: (s) => {
      asked.push(s);
      return s < 0.2 ? 15 : 0;
    },
    record: numbered,
  });
  await curve.ssc.start();
  await runBatches(curve.ssc, curve.clock, 4);
  expect(curve.sizes()).toEqual([1, 2, 0, 0]);
  expect(asked).toEqual([0, 0.1, 0.2, 0.3]);
  await curve.ssc.stop();
});

test('it ends after maxRecords', async () => {
  const { ssc, clock, stream, sizes } = setUp({ recordsPerSecond: 20, record: numbered, maxRecords: 5 });
  await ssc.start();
  await runBatches(ssc, clock, 4);
  await stream.ended;
  expect(sizes()).toEqual([2, 2, 1, 0]);
  await ssc.stop();
});

test('what the rate does not allow waits, and is handed over by a graceful stop', async () => {
  const { ssc, clock, stream, sizes } = setUp({ recordsPerSecond: 100, record: numbered });
  const waiting: (number | undefined)[] = [];
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo }) => void waiting.push(batchInfo.streamIdToInputInfo.get(0)?.flow?.waitingRecords),
  });
  await ssc.start();
  stream.onRate(35);
  await runBatches(ssc, clock, 4);
  expect(sizes()).toEqual([3, 4, 3, 4]);
  expect(waiting).toEqual([7, 13, 20, 26]);
  expect(stream.flow()).toEqual({ rateLimit: 35, waitingRecords: 26, waitingBytes: 0, refused: 0, dropped: 0 });
  stream.onRate(0);
  stream.onRate(1000);
  await ssc.stop({ graceful: true });
  expect(sizes().reduce((a, b) => a + b)).toBe(40);
});

test('a rate that was not used is not saved up', async () => {
  const { ssc, clock, stream, sizes } = setUp({ recordsPerSecond: (s) => (s < 0.3 ? 10 : 1000), record: numbered });
  await ssc.start();
  stream.onRate(100);
  await runBatches(ssc, clock, 6);
  // One record may be left over from what was not used.
  expect(sizes()).toEqual([1, 1, 1, 11, 10, 10]);
  await ssc.stop();
});

test('backpressure begins with its initial rate', async () => {
  const { ssc, clock, sizes } = setUp(
    { recordsPerSecond: 1000, record: numbered },
    { backpressure: { initialRate: 50 } },
  );
  await ssc.start();
  await runBatches(ssc, clock, 1);
  expect(sizes()).toEqual([5]);
  await ssc.stop();
});

test('a large partition is made piece by piece', async () => {
  const pieces = generate({ from: 10, to: 150_000 }, numbered, 0);
  const lengths: number[] = [];
  for await (const piece of pieces as AsyncIterable<number[]>) {
    expect(piece[0]).toBe(10 + lengths.reduce((a, b) => a + b, 0));
    lengths.push(piece.length);
  }
  expect(lengths).toEqual([65_536, 65_536, 18_918]);
});

test('options are checked', async () => {
  const good = { recordsPerSecond: 1, record: numbered };
  for (const wrong of [
    { recordsPerSecond: 0 },
    { recordsPerSecond: '5' },
    { record: 7 },
    { seed: {} },
    { seed: Number.NaN },
    { seed: 1.5 },
    { numPartitions: 0 },
    { maxRecords: 0.5 },
    { rampUp: milliseconds(5), recordsPerSecond: () => 5 },
    { ramp: milliseconds(5) },
  ]) {
    expect(() => setUp({ ...good, ...wrong } as never), JSON.stringify(wrong)).toThrow(
      expect.objectContaining({ code: 'MR_OPTION' }),
    );
  }
  expect(() => setUp({ ...good, rampUp: milliseconds(-1) })).toThrow(expect.objectContaining({ code: 'MR_DURATION' }));
  const { ssc, clock } = setUp({ recordsPerSecond: () => Number.NaN, record: numbered });
  await ssc.start();
  await runBatches(ssc, clock, 1);
  expect(isMillraceError(await ssc.awaitTermination().catch((e) => e), 'MR_OPTION')).toBe(true);
  await ssc.stop();
});

registerCases(
  'rateStream',
  sourceConformance<number>(() => {
    // What is fed is due with the next batch.
    let fed = 0;
    let taken = 0;
    const open: RateInputDStream<number>[] = [];
    return {
      make(ssc) {
        const perBatch = () => {
          const now = fed - taken;
          taken = fed;
          return now / (ssc.batchDuration.milliseconds / seconds(1).milliseconds);
        };
        const made = rateStream(ssc, { recordsPerSecond: perBatch, record: numbered, numPartitions: 3 });
        open.push(made);
        return made;
      },
      feed: async (records) => {
        fed += records.length;
      },
      record: numbered,
    };
  }),
  { describe, it },
);
