import { expect, test } from 'vitest';
import type { DStream } from '../api/dstream/dstream.ts';
import { InputDStream } from '../api/input-dstream.ts';
import { StreamingContext } from '../api/streaming-context.ts';
import { seconds, type Time } from '../api/time.ts';
import { memoryStore } from '../checkpoint/memory-store.ts';
import { seededRandom } from '../connector.ts';
import { count } from '../data/aggregates/index.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';

/** Some pairs at each time, always the same. */
class Pairs extends InputDStream<[string, number]> {
  compute(time: Time): [string, number][] {
    const n = time.milliseconds / 1000;
    return Array.from({ length: n % 3 }, (_, i) => [`k${(n + i) % 4}`, n]);
  }
}

const add = (a: number, b: number) => a + b;

/** One life of the job. Batches at `bad` times fail, and the job goes on; windows at each time, by name. */
async function life(
  store: ReturnType<typeof memoryStore>,
  {
    from,
    batches,
    w,
    s,
    bad,
    skip,
  }: { from: number; batches: number; w: number; s: number; bad: Set<number>; skip: boolean },
  seen: Map<string, Map<number, string>>,
): Promise<number> {
  const clock = new ManualClock(from);
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {}, onBatchFailure: 'continue' });
  ssc.checkpoint(store, skip ? { missedBatches: 'skip' } : { maxMissedBatches: 2 });
  const pairs = new Pairs(ssc, { name: 'pairs' });
  const window = seconds(w);
  const slide = seconds(s);
  const show = (name: string, stream: DStream<[string, number]>) =>
    stream.foreachRDD(
      async (rdd, time) => {
        const rows = (await rdd.collect()).map(([k, n]) => `${k}=${n}`).sort();
        if (!seen.has(name)) seen.set(name, new Map());
        seen.get(name)?.set(time.milliseconds, rows.join(' '));
      },
      { name },
    );
  show('sums', pairs.reduceByKeyAndWindow(add, window, slide));
  show(
    'sums with inverse',
    pairs.reduceByKeyAndWindow(add, window, slide, { inverse: (a, b) => a - b, filter: ([, n]) => n > 0 }),
  );
  show(
    'counts',
    pairs.groupByKeyAndWindow(window, slide).mapValues((values) => [...values].length),
  );
  show('counts by aggregate', pairs.aggregateByKeyAndWindow(count(), window, slide));
  pairs.foreachRDD(
    (_rdd, time) => {
      if (bad.has(time.milliseconds)) throw new Error('this batch fails');
    },
    { name: 'fails' },
  );
  await ssc.start();
  ssc.awaitTermination().catch(() => {});
  await ssc.awaitIdle();
  for (let i = 0; i < batches; i++) await runBatches(ssc, clock, 1).catch(() => {});
  await ssc.stop();
  return clock.now();
}

test('incremental windows are those that are computed anew, whatever batches failed or were left out before', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`window gaps: seed ${seed}`);
  for (let round = 0; round < 60; round++) {
    const random = seededRandom(`${seed} ${round}`);
    const int = (to: number) => Math.floor(random() * to);
    const s = 1 + int(3);
    const w = s * (1 + int(3)) + int(s);
    const bad = new Set(Array.from({ length: int(6) }, () => (1 + int(40)) * 1000));
    const seen = new Map<string, Map<number, string>>();
    const store = memoryStore();
    let at = 0;
    const lives: string[] = [];
    for (let n = 0; n < 3; n++) {
      const batches = 1 + int(9);
      lives.push(`from ${at}, ${batches} batches`);
      at = await life(store, { from: at, batches, w, s, bad, skip: random() < 0.5 }, seen);
      at += int(3) * 1000 * int(8);
    }
    const what = `seed ${seed}, round ${round}: window ${w} s, slide ${s} s, failing at ${[...bad]}; ${lives.join('; ')}`;
    expect(seen.get('sums with inverse'), what).toEqual(seen.get('sums'));
    expect(seen.get('counts by aggregate'), what).toEqual(seen.get('counts'));
  }
});

/** Batches of one key, with what a program makes of them: each output's values by batch time, and when `others` was asked for its batch. */
async function batchesOf(
  store: ReturnType<typeof memoryStore>,
  steps: readonly number[],
  fails: number | null,
  program: (
    pairs: DStream<[string, number]>,
    others: DStream<[string, number]>,
  ) => Record<string, DStream<[string, number]>>,
  from = 0,
  allow: readonly string[] = [],
): Promise<{ seen: Record<string, Record<number, number[]>>; asked: number[]; failed: string[] }> {
  const clock = new ManualClock(from);
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {}, onBatchFailure: 'continue' });
  ssc.checkpoint(store, { allow: [...allow] });
  const asked: number[] = [];
  class Ones extends InputDStream<[string, number]> {
    compute(time: Time): [string, number][] {
      if (this.name === 'others') asked.push(time.milliseconds);
      return [['a', time.milliseconds / 1000]];
    }
  }
  const ones = new Ones(ssc, { name: 'ones' });
  const others = new Ones(ssc, { name: 'others' });
  const seen: Record<string, Record<number, number[]>> = {};
  for (const [name, stream] of Object.entries(program(ones, others))) {
    const values: Record<number, number[]> = {};
    seen[name] = values;
    stream.foreachRDD(
      async (rdd, time) => {
        values[time.milliseconds] = (await rdd.collect()).map(([, n]) => n);
      },
      { name: `${name} out` },
    );
  }
  const failed: string[] = [];
  ssc.addStreamingListener({
    onOutputOperationCompleted: ({ outputOperationInfo: { name, batchTime, failureReason } }) => {
      if (failureReason !== null && name !== 'fails') failed.push(`${name} at ${batchTime}: ${failureReason}`);
    },
  });
  // No batch ends before all of a step are due, so that they are planned before one of them fails.
  let due = Promise.withResolvers<void>();
  ones.foreachRDD(
    async (_rdd, time) => {
      await due.promise;
      if (time.milliseconds === fails) throw new Error('this batch fails');
    },
    { name: 'fails' },
  );
  await ssc.start();
  ssc.awaitTermination().catch(() => {});
  for (const step of steps) {
    await clock.advance(step * 1000);
    due.resolve();
    await ssc.awaitIdle();
    due = Promise.withResolvers();
  }
  await ssc.stop();
  return { seen, asked, failed };
}

const total = (values: number[], sum: number | null) => values.reduce(add, sum ?? 0);

for (const { how, steps } of [
  { how: 'planned one by one', steps: [1, 1, 1, 1] },
  { how: 'planned ahead', steps: [4] },
])
  test(`what state gave in a batch that failed is in no later window; what inputs gave is: ${how}`, async () => {
    const { seen, failed } = await batchesOf(memoryStore(), steps, 2000, (ones) => {
      const totals = ones.updateStateByKey(total, { name: 'totals' });
      return {
        totals,
        inputs: ones.window(seconds(3)),
        state: totals.window(seconds(3)),
        both: ones.union(totals).window(seconds(3)),
        // It has to do with state, and hands on what has nothing to do with it.
        handed: ones.transformWith(totals, (rdd) => rdd).window(seconds(3)),
      };
    });
    expect(failed).toEqual([]);
    expect(seen).toEqual({
      totals: { 1000: [1], 2000: [3], 3000: [4], 4000: [8] },
      inputs: { 1000: [1], 2000: [1, 2], 3000: [1, 2, 3], 4000: [2, 3, 4] },
      state: { 1000: [1], 2000: [1, 3], 3000: [1, 4], 4000: [4, 8] },
      both: { 1000: [1, 1], 2000: [1, 1, 2, 3], 3000: [1, 1, 3, 4], 4000: [3, 4, 4, 8] },
      handed: { 1000: [1], 2000: [1, 2], 3000: [1, 3], 4000: [3, 4] },
    });
  });

test('a program that looks back where the one before did not finds nothing, asks no input late, and loses no state', async () => {
  const store = memoryStore();
  const before = (ones: DStream<[string, number]>) => ({ totals: ones.updateStateByKey(total, { name: 'totals' }) });
  expect((await batchesOf(store, [1, 1], null, before)).asked).toEqual([]);
  const { seen, asked, failed } = await batchesOf(
    store,
    [1, 1],
    null,
    (ones, others) => {
      const { totals } = before(ones);
      return {
        totals,
        state: totals.window(seconds(3), undefined, { name: 'state' }),
        inputs: others.window(seconds(3), undefined, { name: 'inputs' }),
      };
    },
    2000,
    ['state', 'inputs'],
  );
  expect(failed).toEqual([]);
  expect(asked).toEqual([3000, 4000]);
  expect(seen).toEqual({
    totals: { 3000: [6], 4000: [10] },
    state: { 3000: [6], 4000: [6, 10] },
    inputs: { 3000: [3], 4000: [3, 4] },
  });
});
