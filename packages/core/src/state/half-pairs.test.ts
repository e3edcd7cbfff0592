import { expect, test } from 'vitest';
import { StateSpec } from '../api/state-spec.ts';
import { StreamingContext } from '../api/streaming-context.ts';
import { seconds } from '../api/time.ts';
import { memoryStore } from '../checkpoint/memory-store.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import type { State } from './state.ts';

/** A string, and a key that is not one, with half of a surrogate pair. */
const KEYS = ['\ud800', ['a', '\udfff'], { '\udc00': new Map([['\ud800', 1]]) }];

const spec = StateSpec.function((_key: unknown, n: number | null, state: State<number>) => {
  state.update((state.getOption() ?? 0) + (n ?? 0));
  return state.get();
});

const kinds = {
  mapWithState: (pairs: TestSource<[unknown, number]>) => pairs.mapWithState(spec),
  stored: (pairs: TestSource<[unknown, number]>) => pairs.mapWithState(spec.stored({ cacheKeys: 0 })),
  updateStateByKey: (pairs: TestSource<[unknown, number]>) =>
    pairs.updateStateByKey((values: number[], n: number | null) => (n ?? 0) + values.length).map(([, n]) => n),
  window: (pairs: TestSource<[unknown, number]>) =>
    pairs.reduceByKeyAndWindow((a, b) => a + b, seconds(20), undefined, { inverse: (a, b) => a - b }).map(([, n]) => n),
  dedupe: (pairs: TestSource<[unknown, number]>) =>
    pairs.dedupe(([key]) => key, { ttl: seconds(20) }).map(([, n]) => n),
};

test.each(Object.keys(kinds) as (keyof typeof kinds)[])(
  '%s takes half a surrogate pair for one key, also after a restart',
  async (kind) => {
    for (const key of KEYS) {
      const store = memoryStore();
      const out: unknown[] = [];
      for (const from of [0, 3000]) {
        const clock = new ManualClock(from);
        const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, checkpoint: store, warn: () => {} });
        const pairs = new TestSource<[unknown, number]>(
          ssc,
          Array.from({ length: 6 }, () => [[key, 1] as [unknown, number]]),
        );
        kinds[kind](pairs).foreachRDD(async (rdd) => void out.push(...(await rdd.collect())));
        await ssc.start();
        await runBatches(ssc, clock, 3);
        await ssc.stop();
      }
      expect(out).toEqual(kind === 'dedupe' ? [1] : [1, 2, 3, 4, 5, 6]);
    }
  },
);
