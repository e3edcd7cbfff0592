import { expect, test } from 'vitest';
import type { StreamingListener } from '../events/listener.ts';
import { seededRandom } from '../lineage/builtins.ts';
import type { State } from '../state/state.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
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
