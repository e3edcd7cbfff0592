import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { keyBytes } from '../checkpoint/key-bytes.ts';
import { lmdbStore } from '../checkpoint/lmdb-store.ts';
import type { StoreKey } from '../checkpoint/store.ts';
import type { State } from '../state/state.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import { StateSpec } from './state-spec.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

type Pair = [key: string, n: number];

const SEED = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Bits of each kind of key that are turned over. */
const FLIPS = Number(process.env.MILLRACE_FLIPS ?? 4);
const BEFORE = 6;
const KEYS = ['a', 'b', 'k40', 'k45'];
/** No two batches have the same keys, so that the times of last touches differ. */
const BATCHES = Array.from({ length: 20 }, (_, i): Pair[] => [
  ['a', 1],
  [KEYS[i % KEYS.length] as string, i],
]);

/** A job with every kind of state, which goes on where it stood. */
async function run(dir: string, from: number, batches: number): Promise<void> {
  const clock = new ManualClock(from);
  const store = lmdbStore(dir, { warn: () => {} });
  const ssc = new StreamingContext(inlineBackend(), seconds(1), {
    clock,
    name: 'job',
    checkpoint: { store },
    warn() {},
  });
  const counted = ssc.accumulator('counted', 0, (a: number, b: number) => a + b);
  const pairs = new TestSource<Pair>(ssc, BATCHES, { name: 'input' }).map(
    (pair) => {
      counted.add(1);
      return pair;
    },
    { name: 'counted' },
  );
  const sums = pairs.updateStateByKey<string, number, number>(
    (values, sum) => values.reduce((a, b) => a + b, sum ?? 0),
    { name: 'sums' },
  );
  const spec = StateSpec.function((key: string, n: number | null, sum: State<number>) => {
    if (sum.isTimingOut()) return [key, 'gone', sum.get()];
    sum.update((sum.getOption() ?? 0) + (n ?? 0));
    return [key, sum.get()];
  });
  const stored = pairs.mapWithState(spec.timeout(seconds(2)).stored({ cacheKeys: 0 }), {
    name: 'stored',
    timeoutCheckInterval: seconds(1),
  });
  const window = pairs.reduceByKeyAndWindow((a, b) => a + b, seconds(3), seconds(1), {
    inverse: (a, b) => a - b,
    name: 'window',
  });
  for (const stream of [sums, stored, window])
    stream.foreachRDD(async (rdd) => {
      await rdd.collect();
    });
  try {
    await ssc.start();
    await runBatches(ssc, clock, batches);
    await ssc.stop();
    await ssc.awaitTermination();
  } finally {
    await ssc.stop().catch(() => {});
  }
}

/** The keys of a checkpoint by their kind. */
async function keysIn(dir: string): Promise<Map<string, StoreKey[]>> {
  const store = lmdbStore(dir, { readOnly: true });
  await store.open();
  const keys = [...store.entries([])].map(({ key }) => key);
  await store.close();
  return Map.groupBy(keys, ([kind]) => kind as string);
}

test('a bit of any key turns over: a job that goes on finds it, and nothing begins anew', {
  timeout: 120_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-damaged-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const [base, tried] = [join(dir, 'base'), join(dir, 'tried')];
  const anew = () => {
    rmSync(tried, { recursive: true, force: true });
    cpSync(base, tried, { recursive: true });
  };
  await run(base, 0, BEFORE);
  const kinds = await keysIn(base);
  anew();
  await run(tried, BEFORE * 1000, 4);

  let x = SEED;
  const random = (below: number) => {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    return Math.floor((x / 2 ** 32) * below);
  };
  console.log(`damaged keys: seed ${SEED}`);
  for (const [kind, keys] of kinds) {
    for (let i = 0; i < FLIPS; i++) {
      const key = keyBytes(keys[random(keys.length)] as StoreKey);
      const [at, bit] = [random(key.length), random(8)];
      anew();
      const path = join(tried, 'data.mdb');
      const file = readFileSync(path);
      // Older copies of the page may lie around.
      for (let copy = file.indexOf(key); copy >= 0; copy = file.indexOf(key, copy + 1))
        file[copy + at] = (file[copy + at] as number) ^ (1 << bit);
      writeFileSync(path, file);
      await expect(
        run(tried, BEFORE * 1000, 4),
        `seed ${SEED}: ${kind}, bit ${bit} of byte ${at}`,
      ).rejects.toMatchObject({
        code: 'MR_CHECKPOINT_CORRUPT',
      });
    }
  }
  expect([...kinds.keys()].sort()).toEqual(
    ['batch', 'done', 'entry', 'meta', 'state', 'stood', 'sums', 'touched'].sort(),
  );
});
