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
