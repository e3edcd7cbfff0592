import { expect, test } from 'vitest';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

/** Records times a factor, over a window of three batches; the factor is the batch's number times ten. */
async function run(store: CheckpointStore | null, fromMs: number, batches: number, thunk: () => unknown = () => 10) {
  const warnings: string[] = [];
  const clock = new ManualClock(fromMs);
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: (w) => void warnings.push(w) });
  if (store !== null) ssc.checkpoint(store);
  let made = 0;
  const factor = ssc.broadcast('factor', () => {
    made += 1;
    return thunk();
  });
  const out = new Map<number, unknown[]>();
  const numbers = new TestSource<number>(ssc, [[1], [2], [3], [4], [5], [6], [7], [8]]);
  const scaled = numbers.map((n) => n * Number(factor.value));
  scaled.window(seconds(3)).foreachRDD(async (rdd, time) => void out.set(time.milliseconds, await rdd.collect()));
  await ssc.start();
  ssc.awaitTermination().catch(() => {});
  await ssc.awaitIdle();
  for (let b = 0; b < batches; b++) {
    await runBatches(ssc, clock, 1).catch(() => {});
    factor.update((Number(factor.value) + 10) as never);
  }
  await ssc.stop();
  return { out, made, warnings };
}

test('batches see the versions that they would have seen, wherever the job was stopped', async () => {
  const whole = await run(null, 0, 8);
  expect(whole.out.get(3000)).toEqual([10, 40, 90]);
  for (let stop = 1; stop < 8; stop++) {
    const store = memoryStore();
    const first = await run(store, 0, stop);
    const second = await run(store, stop * 1000, 8 - stop);
    expect(second.made).toBe(0);
    // What was updated behind the last batch no batch has seen: it is lost with the process.
    const again = new Map([...first.out, ...second.out]);
    expect(again.get(stop * 1000)).toEqual(whole.out.get(stop * 1000));
    expect(again.get((stop + 1) * 1000)?.slice(0, -1)).toEqual(whole.out.get((stop + 1) * 1000)?.slice(0, -1));
  }
});

test('a batch that runs again sees the version that it had, and old versions go', async () => {
  const store = memoryStore();
  let writes = 0;
  const mortal: CheckpointStore = {
    ...store,
    async write(changes) {
      writes += 1;
      // The third batch is planned, and does not complete.
      if (changes.some((c) => c.kind === 'put' && c.key[0] === 'done' && c.key[1] === 3000)) throw new Error('killed');
      return store.write(changes);
    },
  };
  const first = await run(mortal, 0, 3);
  expect(writes).toBeGreaterThan(5);
  const second = await run(store, 3000, 5);
  expect(second.out.get(3000)).toEqual(first.out.get(3000));
  expect(second.out.get(3000)).toEqual([10, 40, 90]);
  await store.open();
  expect([...store.entries(['broadcast'])].length).toBeLessThanOrEqual(5);
});

test('a value that cannot be stored is made anew, which is said', async () => {
  const store = memoryStore();
  const strange = () => ({ valueOf: () => 7 });
  const { warnings } = await run(store, 0, 1, strange);
  expect(warnings.join()).toContain('factor cannot be stored');
  expect((await run(store, 1000, 1, strange)).made).toBe(1);
});
