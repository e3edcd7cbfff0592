import { expect, test } from 'vitest';
import { type ContextOptions, InputDStream, milliseconds, StreamingContext, seconds } from '../index.ts';
import { collectOutputs, inlineBackend, ManualClock } from '../testing/index.ts';
import type { DStream } from './dstream/dstream.ts';

/** A job whose batches take as long as the test says. Numbers come in by the clock: one each 10 ms. */
function scene(
  build: (stream: DStream<number>) => DStream<unknown>,
  options: ContextOptions,
  costMs: (records: number, time: number) => number,
  batchMs = 100,
) {
  const clock = new ManualClock();
  const log: string[] = [];
  const ssc = new StreamingContext(inlineBackend(), milliseconds(batchMs), {
    clock,
    warn: (m) => void log.push(m),
    ...options,
  });
  let next = 0;
  class EveryTenMs extends InputDStream<number> {
    override compute() {
      const records: number[] = [];
      for (; next * 10 < clock.now(); next++) records.push(next);
      return records;
    }
  }
  const source = new EveryTenMs(ssc);
  source.foreachRDD(async (rdd) => {
    const cost = costMs(await rdd.count(), clock.now());
    if (cost > 0) await new Promise<void>((resolve) => void clock.at(clock.now() + cost, resolve));
  });
  const outputs = collectOutputs(build(source));
  const batches: { time: number; interval: number }[] = [];
  const changes: string[] = [];
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo: b }) => void batches.push({ time: b.batchTime, interval: b.batchInterval }),
    onBatchIntervalChanged: ({ fromMs, toMs }) => void changes.push(`${fromMs} to ${toMs}`),
  });
  return { clock, ssc, outputs, batches, changes, log };
}

test('the interval goes to the smallest that the job can hold, and back; the log says why', async () => {
  const slow = (time: number) => time > 3000 && time < 12_000;
  const { clock, ssc, batches, changes, log, outputs } = scene(
    (s) => s,
    { adaptiveBatchInterval: { min: milliseconds(50), max: milliseconds(400) } },
    (_records, time) => (slow(time) ? 150 : 5),
  );
  await ssc.start();
  await clock.advance(30_000);
  const stopping = ssc.stop();
  await clock.advance(1000);
  await stopping;
  const at = (time: number) => batches.filter((b) => b.time <= time).at(-1)?.interval;
  expect([at(2900), at(11_000), at(30_000)]).toEqual([50, 200, 50]);
  expect(changes.slice(0, 2)).toEqual(['100 to 50', expect.stringMatching(/^50 to (100|200)$/)]);
  expect(log.some((l) => /moves from 50 to \d+ ms: a batch takes 150 ms/.test(l))).toBe(true);
  // Nothing is lost, nothing twice, whatever the interval.
  const records = outputs.flatMap((o) => o.records as number[]);
  expect(records).toEqual([...records.keys()]);
  const times = batches.map((b) => b.time);
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
});

test('windows and slides keep their meaning while the interval changes', async () => {
  const windows = (s: DStream<number>) =>
    s
      .map((n) => ['k', n] as [string, number])
      .reduceByKeyAndWindow((a, b) => a + b, milliseconds(800), milliseconds(400), { inverse: (a, b) => a - b })
      .union(
        s
          .map((n) => ['plain', n] as [string, number])
          .reduceByKeyAndWindow((a, b) => a + b, milliseconds(800), milliseconds(400)),
      );
  const { clock, ssc, outputs, batches } = scene(
    windows,
    { adaptiveBatchInterval: { min: milliseconds(50), max: milliseconds(400) } },
    (_records, time) => (time > 4000 && time < 9000 ? 120 : time < 15_000 ? 5 : 60),
  );
  await ssc.start();
  await clock.advance(20_000);
  const stopping = ssc.stop();
  await clock.advance(1000);
  await stopping;
  expect(new Set(batches.map((b) => b.interval)).size).toBeGreaterThan(2);
  // Batches as they were: what each had, by its time.
  const sum = (from: number, to: number, at: number[]) => {
    // A record belongs to the first batch time at or after it.
    let total = 0;
    for (let n = 0; n * 10 < 20_000; n++) {
      const batch = at.find((t) => t > n * 10);
      if (batch !== undefined && batch > from && batch <= to) total += n;
    }
    return total;
  };
  const at = batches.map((b) => b.time);
  const slow = outputs.filter((o) => o.time > 0 && o.time <= 3600);
  expect(slow.map((o) => o.time)).toEqual([400, 800, 1200, 1600, 2000, 2400, 2800, 3200, 3600]);
  for (const { time, records } of outputs.slice(0, 40)) {
    const [incremental, plain] = records as [string, number][];
    expect(incremental[1]).toBe(plain[1]);
    expect([time, plain[1]]).toEqual([time, sum(time - 800, time, at)]);
  }
  expect(outputs.every((o, i) => i === 0 || o.time - outputs[i - 1].time === 400)).toBe(true);
});

test('only intervals that divide every window and slide; without a choice the start is refused', async () => {
  const refused = async (
    build: (s: DStream<number>) => DStream<unknown>,
    min: number,
    max: number,
    reason: RegExp,
    batchMs = 100,
  ) => {
    const { ssc } = scene(
      build,
      { adaptiveBatchInterval: { min: milliseconds(min), max: milliseconds(max) } },
      () => 0,
      batchMs,
    );
    const e = await ssc.start().catch((e: unknown) => e);
    expect(e).toMatchObject({ code: 'MR_ADAPTIVE_INTERVAL', message: expect.stringMatching(reason) });
    expect(ssc.getState()).toBe('STOPPED');
  };
  await refused(
    (s) => s.window(milliseconds(500), milliseconds(300)),
    100,
    400,
    /no other interval than 100 ms.*300 ms/,
  );
  await refused((s) => s, 30, 400, /the batch interval, 100 ms, is no multiple of 30 ms/);
  await refused((s) => s, 200, 400, /the batch interval, 100 ms, is no multiple/);
  await refused((s) => s, 1, 10_000, /more than 4096/);
  await refused(
    (s) => s.window(milliseconds(200), milliseconds(100)).union(s),
    50,
    100,
    /puts a stream of every batch together with one of a fixed slide/,
  );
  // A window that slides with the batches goes with them.
  const { ssc } = scene(
    (s) => s.window(milliseconds(400)).union(s),
    { adaptiveBatchInterval: { min: milliseconds(100), max: milliseconds(400) } },
    () => 0,
  );
  await ssc.start();
  await ssc.stop();
});

test('options are checked', () => {
  const wrong = (adaptiveBatchInterval: unknown) =>
    expect(
      () => new StreamingContext(inlineBackend(), seconds(1), { adaptiveBatchInterval } as unknown as ContextOptions),
    ).toThrow(expect.objectContaining({ code: expect.stringMatching(/MR_(OPTION|DURATION)/) }));
  wrong(true);
  wrong(null);
  wrong({ min: seconds(1) });
  wrong({ min: seconds(2), max: seconds(1) });
  wrong({ min: milliseconds(0), max: seconds(1) });
  wrong({ min: seconds(1), max: seconds(2), target: 0.5 });
});
