import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lmdbStore } from '../checkpoint/lmdb-store.ts';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import { inspectCheckpoint } from '../inspect/inspect-checkpoint.ts';
import type { State } from '../state/state.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { TestSource } from '../testing/test-source.ts';
import { StateSpec } from './state-spec.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

type Pair = [key: unknown, n: number];
type Layout = 'memory' | 'stored';

/** Sums by key; keys time out after 3 s without data, which is looked for every 2 s. */
function job(store: CheckpointStore, clock: ManualClock, batches: (Pair[] | null)[], layout: Layout, options = {}) {
  const ssc = new StreamingContext(inlineBackend(), seconds(1), {
    clock,
    name: 'job',
    checkpoint: { store, ...options },
    warn: () => {},
  });
  const spec = StateSpec.function((key: unknown, n: number | null, sum: State<number>) => {
    if (sum.isTimingOut()) return [key, 'gone', sum.get()];
    const total = (sum.getOption() ?? 0) + (n ?? 0);
    if (n === 0 && sum.exists()) sum.remove();
    else sum.update(total);
    return [key, n, total];
  }).timeout(seconds(3));
  const source = new TestSource<Pair>(ssc, batches, { name: 'input' });
  const out: [number, unknown[]][] = [];
  source
    .mapWithState(layout === 'stored' ? spec.stored({ cacheKeys: 2 }) : spec, {
      timeoutCheckInterval: seconds(2),
      name: 'sums',
    })
    .foreachRDD(async (rdd, time) => {
      out.push([time.milliseconds, await rdd.collect()]);
    });
  return { ssc, out };
}

const KEYS: unknown[] = [
  1,
  'a',
  'b',
  '\u0001x',
  '\u0002y',
  ['p', 1],
  { q: 2 },
  -0,
  Number.NaN,
  true,
  null,
  12n,
  'k'.repeat(3000),
  new Date(5),
];
const BATCHES: (Pair[] | null)[] = [
  KEYS.map((k, i) => [k, i + 1]),
  [
    ['a', 5],
    [1, 7],
    ['new', 1],
  ],
  [
    ['a', 0],
    [['p', 1], 3],
  ],
  null,
  [
    ['a', 9],
    [{ q: 2 }, 4],
    [new Date(5), 1],
  ],
  [],
  [
    [Number.NaN, 2],
    [0, 3],
    ['k'.repeat(3000), 1],
  ],
  [],
  [],
  [],
];
/** Within a batch, what times out comes in an order of the layout's own. */
const sorted = (out: [number, unknown[]][]) =>
  out.map(([time, records]) => [time, records.map((r) => JSON.stringify(r, text)).sort()]);
const text = (_: string, v: unknown) => (typeof v === 'bigint' || Number.isNaN(v) ? String(v) : v);

async function run(clock: ManualClock, { ssc }: ReturnType<typeof job>, to: number) {
  await ssc.start();
  for (let t = clock.now() + 1000; t <= to; t += 1000) {
    await clock.setTo(t);
    await ssc.awaitIdle();
  }
  await ssc.stop();
}

async function whole(layout: Layout) {
  const clock = new ManualClock();
  const one = job(memoryStore(), clock, BATCHES, layout);
  await run(clock, one, 10_000);
  return one.out;
}

describe('state that lies in the store', () => {
  it('gives what state in memory gives, for keys of all kinds, with timeouts, with a cache of two keys', async () => {
    const stored = await whole('stored');
    expect(stored).toHaveLength(10);
    expect(
      stored.flatMap(([, records]) => records).filter((r) => (r as unknown[])[1] === 'gone').length,
    ).toBeGreaterThan(10);
    expect(sorted(stored)).toEqual(sorted(await whole('memory')));
  });

  it('goes on after a restart at any batch, and gives the same', async () => {
    const all = await whole('stored');
    for (let stop = 1; stop < 10; stop++) {
      const clock = new ManualClock();
      const store = memoryStore();
      const first = job(store, clock, BATCHES, 'stored');
      await run(clock, first, stop * 1000);
      const second = job(store, clock, BATCHES, 'stored');
      await run(clock, second, 10_000);
      expect([...first.out, ...second.out], `restart after batch ${stop}`).toEqual(all);
    }
  });

  it('keeps no more in memory than it may, and nothing in the store that is gone', async () => {
    const clock = new ManualClock();
    const store = memoryStore();
    const { ssc } = job(store, clock, [...BATCHES, null, null, null, null, null], 'stored');
    await run(clock, { ssc, out: [] }, 15_000);
    await store.open();
    expect([...store.entries(['entry'])]).toEqual([]);
    expect([...store.entries(['touched'])]).toEqual([]);
    expect([...store.entries(['state'])]).toEqual([]);
  });

  it('is read from outside', async () => {
    const clock = new ManualClock();
    const { ssc } = job(memoryStore(), clock, BATCHES, 'stored');
    const sums = ssc.state<unknown, number>('sums');
    await ssc.start();
    expect(await sums.get('a')).toBeUndefined();
    for (const [t, a] of [
      [1000, 2],
      [2000, 7],
      [3000, undefined],
    ] as const) {
      await clock.setTo(t);
      await ssc.awaitIdle();
      expect(await sums.get('a')).toBe(a);
      expect(sums.batchTime?.milliseconds).toBe(t);
    }
    expect(await sums.get(['p', 1])).toBe(9);
    expect(await sums.get(Number.NaN)).toBe(9);
    expect(await sums.get('k'.repeat(3000))).toBe(13);
    const all = await sums.entries();
    expect(all).toHaveLength(KEYS.length);
    expect((await sums.entries({ prefix: ['p'] })).map(([key]) => key)).toEqual([['p', 1]]);
    const few = await sums.entries({ limit: 3 });
    expect([few.length, few.more]).toEqual([3, true]);
    await ssc.stop();
  });

  it('is migrated, with its timeouts', async () => {
    const clock = new ManualClock();
    const store = memoryStore();
    const first = job(store, clock, BATCHES, 'stored');
    await run(clock, first, 4000);
    const second = job(store, clock, BATCHES, 'stored');
    second.ssc.migrate('sums', (key, sum) => (key === 1 ? null : [key, (sum as number) + 100]));
    await run(clock, second, 10_000);
    const gone = second.out.flatMap(([, records]) => records as unknown[][]).filter(([, what]) => what === 'gone');
    expect(gone.find(([key]) => key === 'b')).toEqual(['b', 'gone', 103]);
    expect(gone.find(([key]) => key === 1)).toBeUndefined();
  });

  it('is shown by inspectCheckpoint', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'millrace-stored-'));
    try {
      const clock = new ManualClock();
      await run(clock, job(lmdbStore(join(dir, 'store')), clock, BATCHES, 'stored'), 2000);
      const { states } = await inspectCheckpoint(dir, { sampleKeys: 3 });
      expect(states).toMatchObject([{ name: 'sums', kind: 'mapWithState', deltas: 0, keys: KEYS.length + 1 }]);
      expect(states[0].sampleKeys).toHaveLength(3);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it.each([
    ['memory', 'stored'],
    ['stored', 'memory'],
  ] as const)('a program that had it in %s may have it in %s', async (before, now) => {
    const clock = new ManualClock();
    const store = memoryStore();
    const first = job(store, clock, BATCHES, before);
    await run(clock, first, 4000);
    await expect(job(store, clock, BATCHES, now).ssc.start()).rejects.toMatchObject({ code: 'MR_CHECKPOINT_DIFFERS' });
    const second = job(store, clock, BATCHES, now, { allow: ['sums'] });
    await run(clock, second, 10_000);
    expect(sorted([...first.out, ...second.out])).toEqual(sorted(await whole('memory')));
  });

  it('needs a checkpoint, has no snapshots, and takes no strange bounds', async () => {
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock: new ManualClock() });
    const spec = StateSpec.function((_k: string, _n: number | null, _s: State<number>) => 1).stored();
    const stream = new TestSource<[string, number]>(ssc, []).mapWithState(spec);
    stream.print();
    expect(() => stream.stateSnapshots()).toThrow(/stateSnapshots/);
    await expect(ssc.start()).rejects.toThrow(/needs a checkpoint/);
    expect(() => spec.stored({ cacheKeys: -1 })).toThrow(/cacheKeys/);
    expect(() => spec.stored({ keys: 1 } as never)).toThrow(/keys/);
  });
});
