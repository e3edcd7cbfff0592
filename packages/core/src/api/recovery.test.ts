import { expect, test } from 'vitest';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import type { State } from '../state/state.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { collectOutputs, runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import type { DStream } from './dstream/dstream.ts';
import { StateSpec } from './state-spec.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

type Words = DStream<string>;

const pairs = (words: Words) => words.map((word) => [word, 1] as [string, number]);
const add = (a: number, b: number) => a + b;
const total = (words: Words) =>
  pairs(words).updateStateByKey((ones: number[], n: number | null) => ones.reduce(add, n ?? 0));

/** Sums that are removed when they get large, or time out. */
const bounded = StateSpec.function((word: string, one: number | null, state: State<number>) => {
  const n = (state.getOption() ?? 0) + (one ?? 0);
  if (n > 3) state.remove();
  else if (!state.isTimingOut()) state.update(n);
  return [word, n, state.isTimingOut()];
}).timeout(seconds(3));

/** State that lies in the store, of which one key stays in memory. */
const stored = (words: Words) =>
  pairs(words).mapWithState(bounded.stored({ cacheKeys: 1 }), { timeoutCheckInterval: seconds(2) });

/** Streams whose batches depend on what was before. */
const PROGRAMS: Record<string, (words: Words, ssc: StreamingContext) => DStream<unknown>> = {
  map: (words) => words.map((w) => `${w}!`),
  reduceByKey: (words) => pairs(words).reduceByKey(add),
  window: (words) => words.window(seconds(3)),
  slidingWindow: (words) => words.window(seconds(4), seconds(2)).count(),
  reduceByKeyAndWindow: (words) => pairs(words).reduceByKeyAndWindow(add, seconds(3)),
  inverseWindow: (words) =>
    pairs(words).reduceByKeyAndWindow(add, seconds(3), undefined, {
      inverse: (a, b) => a - b,
      filter: ([, n]) => n > 0,
    }),
  inverseWindowSliding: (words) =>
    pairs(words).reduceByKeyAndWindow(add, seconds(4), seconds(2), { inverse: (a, b) => a - b }),
  updateStateByKey: (words) => total(words),
  mapWithState: (words) => pairs(words).mapWithState(bounded, { timeoutCheckInterval: seconds(2) }),
  storedState: (words) => stored(words),
  windowOverStoredState: (words) => stored(words).window(seconds(3)),
  snapshots: (words) =>
    pairs(words)
      .mapWithState(
        StateSpec.function((_: string, one: number | null, state: State<number>) => {
          state.update((state.getOption() ?? 0) + (one ?? 0));
        }),
      )
      .stateSnapshots()
      .window(seconds(2)),
  windowOverState: (words) =>
    total(words)
      .window(seconds(3))
      .map(([word, n]) => `${word}${n}`),
  stateOverWindow: (words) => total(words.window(seconds(2)) as Words),
  stateOverState: (words) =>
    total(words).updateStateByKey((ns: number[], sum: number | null) => ns.reduce(add, sum ?? 0)),
  reduceByKeyOverState: (words) => total(words).reduceByKeyAndWindow(add, seconds(4), seconds(2)),
};

const INPUT = [['a', 'b', 'a'], ['c'], [], ['b'], ['a', 'c'], null, ['d', 'd'], ['a'], [], ['b', 'e'], ['e'], ['a']];

interface Run {
  readonly outputs: Map<number, unknown>;
  readonly sum: number;
}

/** A run from a time to a time; or until its store fails. */
async function run(
  program: (words: Words, ssc: StreamingContext) => DStream<unknown>,
  store: CheckpointStore | null,
  fromMs: number,
  batches: number,
  input: readonly (readonly string[] | null)[] = INPUT,
): Promise<Run> {
  const clock = new ManualClock(fromMs);
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  if (store !== null) ssc.checkpoint(store);
  const seen = ssc.accumulator('seen', 0, add);
  const words = new TestSource<string>(ssc, input, { numPartitions: 2 });
  const counted = words.map((w) => {
    seen.add(1);
    return w;
  });
  const out = collectOutputs(program(counted, ssc));
  await ssc.start();
  ssc.awaitTermination().catch(() => {});
  await ssc.awaitIdle();
  if (batches > 0) await runBatches(ssc, clock, batches).catch(() => {});
  await ssc.stop();
  const outputs = new Map(out.map(({ time, records, numPartitions }) => [time, { numPartitions, records }]));
  return { outputs, sum: seen.value };
}

/** A store whose process dies at its n-th write: before it took effect, or after. */
function dying(inner: CheckpointStore, at: number, after: boolean): CheckpointStore & { readonly dead: boolean } {
  let writes = 0;
  return {
    ...inner,
    get dead() {
      return writes > at;
    },
    async write(changes) {
      writes += 1;
      if (writes <= at) return inner.write(changes);
      if (writes === at + 1 && after) await inner.write(changes);
      throw new Error('the process has died');
    },
  };
}

for (const [name, program] of Object.entries(PROGRAMS)) {
  test(`${name} goes on as if nothing had happened, wherever it was stopped`, async () => {
    const whole = await run(program, name.includes('toredState') ? memoryStore() : null, 0, INPUT.length);
    for (let stopped = 1; stopped < INPUT.length; stopped++) {
      const store = memoryStore();
      const first = await run(program, store, 0, stopped);
      const second = await run(program, store, stopped * 1000, INPUT.length - stopped);
      expect(new Map([...first.outputs, ...second.outputs])).toEqual(whole.outputs);
      expect([...second.outputs.keys()].filter((t) => first.outputs.has(t))).toEqual([]);
      expect(second.sum).toBe(whole.sum);
    }
  });

  test(`${name} goes on after a death at any write, with the batch that had not completed`, async () => {
    const whole = await run(program, name.includes('toredState') ? memoryStore() : null, 0, INPUT.length);
    for (const after of [false, true]) {
      for (let at = 1; ; at++) {
        const store = memoryStore();
        const mortal = dying(store, at, after);
        const first = await run(program, mortal, 0, INPUT.length);
        if (!mortal.dead) break;
        // It was down for a while: the times in between are made up for.
        const second = await run(program, store, INPUT.length * 1000, 0);
        expect(new Map([...first.outputs, ...second.outputs])).toEqual(whole.outputs);
        for (const [time, records] of second.outputs)
          if (first.outputs.has(time)) expect(records).toEqual(first.outputs.get(time));
        expect(second.sum).toBe(whole.sum);
      }
    }
  });
}

test('a batch that had nothing to run is over, and does not run behind later ones on their state', async () => {
  const input = [null, ['a'], ['a'], ['a']];
  const program = PROGRAMS.updateStateByKey;
  const whole = await run(program, null, 0, 4, input);
  const store = memoryStore();
  const first = await run(program, store, 0, 2, input);
  const second = await run(program, store, 2000, 2, input);
  expect([...whole.outputs.keys()]).toEqual([2000, 3000, 4000]);
  expect(new Map([...first.outputs, ...second.outputs])).toEqual(whole.outputs);
});
