import { expect, test } from 'vitest';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { collectOutputs, runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import type { CheckpointOptions } from './context-options.ts';
import type { DStream } from './dstream/dstream.ts';
import { StreamingContext } from './streaming-context.ts';
import { type Duration, milliseconds, seconds } from './time.ts';

type Pairs = DStream<[string, number]>;
const add = (a: number, b: number) => a + b;

/** Two batches of a job, with another stream from pairs where one is given. Gives the last sums, and the last of a window. */
async function run(
  store: CheckpointStore,
  interval: Duration,
  fromMs: number,
  options: CheckpointOptions = {},
  more: (pairs: Pairs) => DStream<unknown> | null = () => null,
) {
  const clock = new ManualClock(fromMs);
  const ssc = new StreamingContext(inlineBackend(), interval, { clock, name: 'job', warn: () => {} });
  ssc.checkpoint(store, { missedBatches: 'skip', ...options });
  const batches = Array.from({ length: 20 }, (): [string, number][] => [['a', 1]]);
  const pairs = new TestSource(ssc, batches, { name: 'input' }).map(([key, n]): [string, number] => [key, n]);
  const sums = collectOutputs(
    pairs.updateStateByKey((ns: number[], sum: number | null) => ns.reduce(add, sum ?? 0), { name: 'sums' }),
  );
  const windows = collectOutputs(pairs.window(seconds(2), seconds(1)));
  more(pairs)?.foreachRDD(async (rdd) => void (await rdd.collect()));
  await ssc.start();
  await runBatches(ssc, clock, 2);
  await ssc.stop();
  await ssc.awaitTermination();
  return { sums: sums.at(-1)?.records, windows: windows.map(({ time }) => time) };
}

test('another batch interval is one difference, whatever streams have it', async () => {
  const store = memoryStore();
  await run(store, milliseconds(500), 0);
  const refused = await run(store, seconds(1), 1000).catch((e: Error) => e.message);
  expect(refused).toMatch(
    /differs in:\n {2}batch interval\n {4}before: 500 ms\n {4}now: {4}1000 ms\nNothing was changed/,
  );
  const { sums, windows } = await run(store, seconds(1), 1000, { allow: ['batch interval'] });
  expect(sums).toEqual([['a', 4]]);
  expect(windows).toEqual([2000, 3000]);
});

test('what differs besides, and state that is bound to the interval, is said still', async () => {
  const store = memoryStore();
  const running = (pairs: Pairs) => pairs.reduceByKeyAndWindow(add, seconds(2), milliseconds(500), { name: 'running' });
  const bound = (slide: Duration) => (pairs: Pairs) =>
    pairs.reduceByKeyAndWindow(add, seconds(2), slide, { name: 'running', inverse: (a, b) => a - b });
  await run(store, milliseconds(500), 0, {}, bound(milliseconds(500)));
  const allow = { allow: ['batch interval'] };
  await expect(run(store, seconds(1), 1000, allow, bound(seconds(1)))).rejects.toThrow(/running.*not to be allowed/s);
  await expect(run(store, milliseconds(250), 1000, allow, running)).rejects.toThrow(/running.*now: /s);
});
