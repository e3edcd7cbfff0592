import { expect, test } from 'vitest';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { State } from '../state/state.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { collectOutputs, runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import { StateSpec } from './state-spec.ts';
import { StreamingContext } from './streaming-context.ts';
import { milliseconds, seconds } from './time.ts';

function context() {
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  return { ssc, clock };
}

test('expired keys are looked for when the state is checkpointed (R45, R49)', async () => {
  const { ssc, clock } = context();
  const pairs = new TestSource<[string, number]>(ssc, [[['a', 1]]]);
  const mapped = pairs.mapWithState(
    StateSpec.function((key: string, n: number | null, state: State<number>) => {
      if (n !== null) state.update(n);
      return `${key}${state.isTimingOut() ? ' is gone' : ''}`;
    }).timeout(seconds(1)),
  );
  expect(mapped.checkpoint(seconds(4))).toBe(mapped);
  const out = collectOutputs(mapped);
  await ssc.start();
  expect(() => mapped.checkpoint(seconds(2))).toThrow(expect.objectContaining({ code: 'MR_CONTEXT_ACTIVE' }));
  await runBatches(ssc, clock, 9);
  await ssc.stop();
  expect(out.map(({ records }) => records)).toEqual([['a'], [], [], ['a is gone'], [], [], [], [], []]);
});

test('an interval is a multiple of the slide (R61)', () => {
  const { ssc } = context();
  const stream = new TestSource<string>(ssc, []);
  expect(() => stream.checkpoint(milliseconds(1500))).toThrow(expect.objectContaining({ code: 'MR_OPTION' }));
  expect(() => stream.window(seconds(4), seconds(2)).checkpoint(seconds(3))).toThrow(/2000 ms/);
  expect(() => stream.checkpoint(0 as never)).toThrow(expect.objectContaining({ code: 'MR_DURATION' }));
  // Kept, as in Spark (R63).
  stream.checkpoint(seconds(1));
  expect([...ssc.persistedNames()]).toEqual([stream.node.name]);
});

test('where it does not do what it is called the start says so', async () => {
  const started = async (hasCheckpoint: boolean) => {
    const warnings: string[] = [];
    const ssc = new StreamingContext(inlineBackend(), seconds(1), {
      clock: new ManualClock(),
      warn: (message) => warnings.push(message),
    });
    if (hasCheckpoint) ssc.checkpoint(memoryStore());
    const pairs = new TestSource<[string, number]>(ssc, [], { name: 'pairs' }).checkpoint(seconds(2));
    const spec = StateSpec.function((_: string, n: number | null) => n);
    pairs
      .mapWithState(spec.timeout(seconds(9)), { name: 'timed' })
      .checkpoint(seconds(2))
      .print();
    pairs.mapWithState(spec, { name: 'totals' }).checkpoint(seconds(2)).print();
    await ssc.start();
    await ssc.stop();
    return warnings.filter((message) => message.startsWith('checkpoint(interval)'));
  };
  const kept = expect.stringMatching(/of pairs, which has no state, keeps its batches as persist\(\)/);
  expect(await started(true)).toEqual([kept]);
  expect(await started(false)).toEqual([kept, expect.stringContaining('of totals does nothing')]);
});

test('changes of so long are put together, whatever they weigh', async () => {
  const partsAfter = async (intervalMs: number | null) => {
    const { ssc, clock } = context();
    const store = memoryStore();
    ssc.checkpoint(store);
    const keys = Array.from({ length: 500 }, (_, i): [string, number] => [`key${i}`, 1]);
    const pairs = new TestSource<[string, number]>(ssc, [keys, ...keys.slice(0, 30).map((pair) => [pair])]);
    const totals = pairs.mapWithState(
      StateSpec.function((_: string, n: number | null, state: State<number>) => {
        state.update((state.getOption() ?? 0) + (n ?? 0));
      }),
      { name: 'totals' },
    );
    if (intervalMs !== null) totals.checkpoint(milliseconds(intervalMs));
    totals.print();
    await ssc.start();
    const most: number[] = [];
    for (let batch = 0; batch < 30; batch++) {
      await runBatches(ssc, clock, 1);
      most.push([...store.entries(['state', 'totals'])].length);
    }
    await ssc.stop();
    return Math.max(...most);
  };
  expect(await partsAfter(null)).toBeGreaterThan(20);
  // The batch behind the third change is the one with which all of it is written.
  expect(await partsAfter(3000)).toBe(4);
});
