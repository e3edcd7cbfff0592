import { expect, test } from 'vitest';
import { simulate } from '../src/checkpoint/simulation.ts';
import { memoryStore, type State, StateSpec, StreamingContext, seconds } from '../src/index.ts';
import { seededRandom } from '../src/lineage/builtins.ts';
import { decodeDelta } from '../src/state/state-delta.ts';
import { collectOutputs, ManualClock, runBatches, TestSource } from '../src/testing/index.ts';
import { mortalSlots } from './mortal-slots.ts';

type Pair = [key: string, n: number];

/** Sums of keys that come, go, and come again. */
const bounded = StateSpec.function((key: string, n: number | null, state: State<number>) => {
  const sum = (n ?? 0) + (state.getOption() ?? 0);
  if (sum > 5) state.remove();
  else state.update(sum);
  return [key, sum];
});

/** @param dies whether a slot dies when it has got tasks of a batch */
async function run(batches: readonly Pair[][], dies: (time: number) => boolean) {
  const store = memoryStore();
  simulate(store, { sweptAtOnce: 2, partsOfOne: 3, files: undefined });
  const clock = new ManualClock();
  const backend = mortalSlots(2, (slot, { time }) => {
    if (dies(time)) throw slot.die();
  });
  const ssc = new StreamingContext(backend, seconds(1), { clock, warn: () => {}, checkpoint: store });
  const pairs = new TestSource<Pair>(ssc, batches);
  const outputs = [
    collectOutputs(pairs.mapWithState(bounded.numPartitions(3)).stateSnapshots(), 'sums'),
    collectOutputs(
      pairs.reduceByKeyAndWindow((a, b) => a + b, seconds(3), seconds(1), {
        inverse: (a, b) => a - b,
        filter: ([, n]) => n > 0,
        numPartitions: 3,
      }),
      'recent',
    ),
  ];
  await ssc.start();
  let swept = 0;
  for (let batch = 0; batch < batches.length; batch++) {
    await runBatches(ssc, clock, 1);
    for (const { value } of store.entries(['state'])) if (decodeDelta(value).sweptUntil !== undefined) swept += 1;
  }
  await ssc.stop();
  await ssc.awaitTermination();
  return { outputs, swept };
}

test('a slot that dies while its state is read goes on with what was written, and is read anew', async () => {
  const seed = Math.trunc(Math.random() * 2 ** 31);
  console.info(`seed ${seed}`);
  const random = seededRandom(`${seed}`);
  const batches = Array.from({ length: 60 }, () =>
    Array.from({ length: 6 }, (): Pair => [`k${Math.floor(random() * 20)}`, 1 + Math.floor(random() * 3)]),
  );
  const plain = await run(batches, () => false);
  // A batch is not tried for ever.
  const fatal = new Set<number>();
  const mortal = await run(batches, (time) => {
    if (fatal.has(time) || random() > 0.06) return false;
    fatal.add(time);
    return true;
  });
  expect(mortal.outputs).toEqual(plain.outputs);
  expect(fatal.size).toBeGreaterThan(3);
  expect(plain.swept).toBeGreaterThan(20);
  expect(mortal.swept).toBeGreaterThan(0);
});
