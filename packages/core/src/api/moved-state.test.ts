import { expect, test } from 'vitest';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { StreamingListener } from '../events/listener.ts';
import { seededRandom } from '../lineage/builtins.ts';
import type { State } from '../state/state.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import { forcePlacement } from './state-placements.ts';
import { StateSpec } from './state-spec.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

type Sample = [string, number];

/** Keys by their rank: the first is there twice as often as the second, three times as often as the third, and so on. */
function zipf(random: () => number, kinds: number): () => string {
  const sums: number[] = [];
  for (let i = 1; i <= kinds; i++) sums.push((sums.at(-1) ?? 0) + 1 / i);
  return () => {
    const wanted = random() * (sums.at(-1) as number);
    let [low, high] = [0, kinds - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return `k${low}`;
  };
}

test('a skewed state is even after ten batches', async () => {
  const key = zipf(seededRandom('a'), 100_000);
  const batches = Array.from({ length: 14 }, () => Array.from({ length: 20_000 }, (_, i): Sample => [key(), i]));
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {}, defaultParallelism: 8 });
  const sum = (k: string, n: number | null, state: State<number>) => {
    state.update((state.getOption() ?? 0) + (n ?? 0));
    return [k, state.get()] as const;
  };
  const stream = new TestSource<Sample>(ssc, batches, { numPartitions: 4 }).mapWithState(StateSpec.function(sum));
  const seen: number[] = [];
  const moves: unknown[] = [];
  const listener: StreamingListener = {
    onBatchCompleted: ({ batchInfo: { tasks } }) => {
      seen.push(tasks?.shuffles[0]?.maxOverMeanRecords ?? 0);
      moves.push(...(tasks?.stateMoves ?? []));
    },
  };
  ssc.addStreamingListener(listener);
  stream.foreachRDD(() => {});
  await ssc.start();
  await runBatches(ssc, clock, batches.length);
  await ssc.stop();
  await ssc.awaitTermination();
  expect(Math.max(...seen.slice(10))).toBeLessThanOrEqual(1.15);
});

test('a thousand batches, each of which moves state, leave nothing behind', async () => {
  const batches = Array.from({ length: 1000 }, (_, i) => [[`k${i % 50}`, 1] as Sample]);
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {}, defaultParallelism: 4 });
  ssc.checkpoint(memoryStore());
  forcePlacement(ssc, (_, time, table) => table.map((__, bucket) => (bucket + time / 1000) % 4));
  new TestSource<Sample>(ssc, batches)
    .updateStateByKey<string, number, number>((values, n) => (n ?? 0) + values.length, { name: 'counts' })
    .foreachRDD(() => {});
  await ssc.start();
  const held = () => ({ ...ssc.run?.placements.holdings(), ...ssc.run?.planner.holdings() });
  await runBatches(ssc, clock, 100);
  const before = held();
  await runBatches(ssc, clock, 900);
  expect(held()).toEqual(before);
  expect(before).toMatchObject({ tables: 2, planned: 0 });
  const counts = await ssc.state<string, number>('counts').entries({ limit: 100 });
  expect(new Map(counts)).toEqual(new Map(Array.from({ length: 50 }, (_, i) => [`k${i}`, 20])));
  await ssc.stop();
});

test('where keys of mapWithState lie is said by its spec, and elsewhere is refused', () => {
  const ssc = new StreamingContext(inlineBackend(), seconds(1));
  const pairs = ssc.queueStream([[['a', 1]]] as [string, number][][]);
  const spec = StateSpec.function((_key: string, n: number | null, state: State<number>) => state.update(n ?? 0));
  expect(() => pairs.mapWithState(spec, { skew: 'hash' } as object)).toThrow(
    expect.objectContaining({ code: 'MR_OPTION', message: expect.stringContaining('StateSpec') }),
  );
});
