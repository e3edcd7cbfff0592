import { expect, test } from 'vitest';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import type { DStream } from './dstream/dstream.ts';
import type { RDD } from './rdd/rdd.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

/** Counts the records of a stream behind `outputs`, from one batch on for so many; the count and what windows gave. */
async function run(store: CheckpointStore, from: number, batches: number, outputs: (counted: DStream<number>) => void) {
  const clock = new ManualClock(from * 1000);
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {}, checkpoint: store });
  const seen = ssc.accumulator('seen', 0, (a: number, b: number) => a + b);
  const numbers = new TestSource<number>(
    ssc,
    Array.from({ length: 10 }, (_, i) => [i + 1]),
  );
  outputs(
    numbers.map((n) => {
      seen.add(1);
      return n;
    }),
  );
  await ssc.start();
  await ssc.awaitIdle();
  await runBatches(ssc, clock, batches);
  await ssc.stop();
  return seen.value;
}

const counts = async (rdd: RDD<number>) => void (await rdd.count());

/** Which outputs there are beside a window of four batches that slides by four: none, one for each batch, one for some of it. */
const outputs: Record<string, (counted: DStream<number>) => void> = {
  'nothing else': (counted) => {
    counted.window(seconds(4), seconds(4)).foreachRDD(counts);
  },
  'an output at each batch': (counted) => {
    counted.window(seconds(4), seconds(4)).foreachRDD(counts);
    counted.foreachRDD(counts);
  },
  'an output of what is kept': (counted) => {
    counted.persist();
    counted
      .map((n) => -n)
      .window(seconds(4), seconds(4))
      .foreachRDD(counts);
    counted.foreachRDD(counts);
  },
  'a shorter window': (counted) => {
    counted.window(seconds(4), seconds(4)).foreachRDD(counts);
    counted.window(seconds(2), seconds(2)).foreachRDD(counts);
  },
};

test.each(Object.keys(outputs))(
  'a window that slides by several batches beside %s counts once over restarts',
  async (name) => {
    const build = outputs[name] as (counted: DStream<number>) => void;
    const whole: number[] = [];
    for (let batches = 1; batches <= 9; batches++) whole.push(await run(memoryStore(), 0, batches, build));
    expect(whole.at(-1)).toBe(name.startsWith('an output') ? 9 : 8);
    // Stopped once, and stopped after every batch.
    for (let stop = 1; stop < 9; stop++) {
      const store = memoryStore();
      expect(await run(store, 0, stop, build)).toBe(whole[stop - 1]);
      expect(await run(store, stop, 9 - stop, build)).toBe(whole[8]);
    }
    const store = memoryStore();
    const each: number[] = [];
    for (let batch = 0; batch < 9; batch++) each.push(await run(store, batch, 1, build));
    expect(each).toEqual(whole);
  },
);
