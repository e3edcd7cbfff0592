import { expect, test } from 'vitest';
import { decodeRecord, keys, type StoodRecord } from '../checkpoint/layout.ts';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { CheckpointStore, StoreChange } from '../checkpoint/store.ts';
import { type BucketTable, homeTable } from '../data/bucket-table.ts';
import type { StatePlacement } from '../plan/state-placement.ts';
import type { StateMove } from '../skew/state-move.ts';
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
const PARTITIONS = 3;
const BATCHES = 9;
/** A third of the keys in each batch. */
const INPUT = Array.from({ length: BATCHES }, (_, batch) =>
  Array.from({ length: 40 }, (_, i): Sample => [`k${3 * i + (batch % 3)}`, batch]),
);

interface Life {
  readonly fromMs?: number;
  readonly batches?: number;
  readonly skew?: StatePlacement;
  readonly stored?: boolean;
  /** From which batch on states lie where; null: as their load has them. */
  readonly tables?: ReadonlyMap<number, BucketTable> | null;
  readonly migrates?: boolean;
  /** What the state is called from now on. */
  readonly renamed?: string;
  readonly numPartitions?: number;
  /** Whether all batches are due at the same moment, so that they are planned ahead of those that run. */
  readonly atOnce?: boolean;
}

/** By the time of a batch and the partition, what they gave, in their order. */
type Given = Map<string, string[]>;

/** Everything in the last partition but two buckets. */
const LAST = homeTable(PARTITIONS).map((p, bucket) => (bucket < 2 ? p : PARTITIONS - 1));
const NEXT = homeTable(PARTITIONS).map((p) => (p + 1) % PARTITIONS);
const MOVES = new Map([
  [3000, LAST],
  [6000, NEXT],
]);

/** A life of a job whose state moves in the third batch and in the sixth. */
async function live(store: CheckpointStore | null, life: Life = {}) {
  const name = life.renamed ?? 'counts';
  const { fromMs = 0, batches = BATCHES, skew = 'auto', stored = false, tables = MOVES, migrates = false } = life;
  const clock = new ManualClock(fromMs);
  const options = { clock, warn: () => {}, defaultParallelism: PARTITIONS, maxPendingBatches: 3 };
  const ssc = new StreamingContext(inlineBackend(), seconds(1), options);
  if (store !== null) ssc.checkpoint(store, { allow: stored ? ['counts'] : [] });
  if (tables !== null) forcePlacement(ssc, (_, time) => tables.get(time) ?? null);
  const count = (key: string, n: number | null, state: State<number>) => {
    if (state.isTimingOut()) return `${key} is gone with ${state.get()}`;
    state.update((state.getOption() ?? 0) + (n ?? 0));
    return `${key}: ${state.get()}`;
  };
  const { numPartitions } = life;
  const plain = StateSpec.function(count).timeout(seconds(4)).skew(skew);
  const spec = numPartitions === undefined ? plain : plain.numPartitions(numPartitions);
  if (name !== 'counts') ssc.migrate('counts', null, { to: name });
  if (migrates) ssc.migrate<string, number>('counts', (key, n) => [key, n]);
  const counts = new TestSource<Sample>(ssc, INPUT, { name: 'pairs' }).mapWithState(stored ? spec.stored() : spec, {
    timeoutCheckInterval: seconds(1),
    name,
  });
  const given: Given = new Map();
  const gate = Promise.withResolvers<void>();
  if (life.atOnce !== true) gate.resolve();
  counts.foreachRDD(
    async (rdd, time) => {
      await gate.promise;
      for (const [p, records] of (await rdd.glom().collect()).entries())
        given.set(`${time.milliseconds}/${p}`, records as string[]);
    },
    { name: 'out' },
  );
  const moves: [number, StateMove][] = [];
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo: { tasks, batchTime } }) => {
      for (const move of tasks?.stateMoves ?? []) moves.push([batchTime, move]);
    },
  });
  await ssc.start();
  let failure: unknown = null;
  ssc.awaitTermination().catch((e: unknown) => {
    failure = e;
  });
  await ssc.awaitIdle().catch(() => {});
  if (life.atOnce === true) {
    await clock.advance(batches * 1000);
    gate.resolve();
    await ssc.awaitIdle();
  } else await runBatches(ssc, clock, batches).catch(() => {});
  const state = failure === null ? await ssc.state<string, number>(name).entries({ limit: 1000 }) : [];
  if (failure === null) for (const [key, n] of state) expect(await ssc.state(name).get(key), key).toBe(n);
  await ssc.stop();
  return { given, moves, failure, state: [...state].sort() };
}

/** What was given, whatever the partition. */
function byTime(given: Given): string[][] {
  const times = new Map<number, string[]>();
  for (const [place, records] of given) {
    const time = Number(place.split('/')[0]);
    times.set(time, [...(times.get(time) ?? []), ...records]);
  }
  return [...times].sort(([a], [b]) => a - b).map(([, records]) => records.sort());
}

/** What a store says while nobody has it. */
async function look<R>(store: CheckpointStore, at: () => R): Promise<R> {
  await store.open();
  try {
    return at();
  } finally {
    await store.close();
  }
}

const tableOf = (store: CheckpointStore) =>
  look(store, () => decodeRecord<StoodRecord>(store.get(keys.stood('counts')) as Uint8Array).table);

/** A store whose owner dies with a write. */
function mortal(store: CheckpointStore, dies: (change: StoreChange) => boolean): CheckpointStore {
  let dead = false;
  return {
    ...store,
    async write(changes) {
      dead ||= changes.some(dies);
      if (dead) throw new Error('killed');
      return store.write(changes);
    },
  };
}

const completes = (time: number) => (change: StoreChange) =>
  change.kind === 'put' && change.key[0] === 'done' && change.key[1] === time;

test('a state that moves gives the same, is at the same place in each batch, and tells of it', async () => {
  const hash = await live(null, { skew: 'hash' });
  const found = await live(null);
  expect(byTime(found.given)).toEqual(byTime(hash.given));
  expect(found.state).toEqual(hash.state);
  expect(hash.moves).toEqual([]);
  expect(found.moves.map(([time, { operator, buckets }]) => [time, operator, buckets.length])).toEqual([
    [3000, 'counts', LAST.filter((p, bucket) => p !== bucket % PARTITIONS).length],
    [6000, 'counts', LAST.filter((p, bucket) => p !== NEXT[bucket]).length],
  ]);
  const [, { buckets, keys: moved }] = found.moves[0]!;
  expect(buckets.every(({ bucket, from, to }) => from === bucket % PARTITIONS && to === LAST[bucket])).toBe(true);
  // Two thirds of the keys were there by then.
  expect(moved).toBeGreaterThan(40);
  expect(moved).toBeLessThan(80);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('a job that stops behind batch %i goes on as if it had not', async (batches) => {
  const whole = await live(null);
  const store = memoryStore();
  const first = await live(store, { batches });
  const second = await live(store, { fromMs: batches * 1000, batches: BATCHES - batches });
  expect(new Map([...first.given, ...second.given])).toEqual(whole.given);
  expect(second.state).toEqual(whole.state);
  expect([...first.moves, ...second.moves]).toEqual(whole.moves);
});

test.each([2000, 3000, 4000, 6000])('a job that is killed in the batch at %i ms does it again', async (time) => {
  const whole = await live(null);
  const store = memoryStore();
  const first = await live(mortal(store, completes(time)), { batches: time / 1000 });
  expect(first.failure).not.toBeNull();
  // What is decided otherwise now is nothing to a batch that was planned, and to those behind it.
  const later = new Map([[time, homeTable(PARTITIONS).map(() => 1)], ...[...MOVES].filter(([at]) => at > time)]);
  const second = await live(store, { fromMs: time, batches: BATCHES - time / 1000, tables: later });
  expect(new Map([...first.given, ...second.given])).toEqual(whole.given);
  for (const [place, records] of second.given)
    if (first.given.has(place)) expect(records, place).toEqual(first.given.get(place));
  expect(second.state).toEqual(whole.state);
});

test('batches that are planned ahead have their state where it is to be by then', async () => {
  // Each of them moves all of it.
  const shifted = (by: number) => homeTable(PARTITIONS).map((p) => (p + by) % PARTITIONS);
  const tables = new Map(Array.from({ length: BATCHES }, (_, batch) => [1000 * (batch + 1), shifted(batch)]));
  const whole = await live(null, { tables });
  expect(whole.moves.length).toBe(BATCHES - 1);
  for (const store of [null, memoryStore()]) {
    const found = await live(store, { tables, atOnce: true });
    expect(found.given).toEqual(whole.given);
    expect(found.moves).toEqual(whole.moves);
  }
});

test('what is decided for a batch is durable before anything of it runs', async () => {
  const store = memoryStore();
  await live(store, { batches: 2 });
  const before = await tableOf(store);
  const planned: StoreChange[][] = [];
  const watched: CheckpointStore = {
    ...store,
    write(changes) {
      planned.push([...changes]);
      return store.write(changes);
    },
  };
  await live(watched, { fromMs: 2000, batches: 2 });
  const record = (time: number) =>
    planned.flat().find((c) => c.kind === 'put' && c.key[0] === 'batch' && c.key[1] === time) as { value: Uint8Array };
  expect(before).toBeUndefined();
  expect(decodeRecord(record(3000).value)).toMatchObject({ tables: [['counts', LAST]] });
  // By then it is the state's own.
  expect(decodeRecord(record(4000).value)).not.toHaveProperty('tables');
  expect(await tableOf(store)).toEqual(LAST);
});

test('a state that is to lie by hash from now on goes back', async () => {
  const hash = await live(null, { skew: 'hash' });
  const store = memoryStore();
  const first = await live(store, { batches: 4 });
  const second = await live(store, { fromMs: 4000, batches: 5, skew: 'hash' });
  expect(second.moves.map(([time]) => time)).toEqual([5000]);
  expect(byTime(new Map([...first.given, ...second.given]))).toEqual(byTime(hash.given));
  expect(await tableOf(store)).toBeUndefined();
  for (const [place, records] of second.given) expect(records, place).toEqual(hash.given.get(place));
});

test('a state that comes to lie in the store stays where it is, and where keys lie is still known', async () => {
  const hash = await live(null, { skew: 'hash' });
  const store = memoryStore();
  const first = await live(store, { batches: 4 });
  const second = await live(store, { fromMs: 4000, batches: 5, stored: true });
  expect(second.moves).toEqual([]);
  expect(byTime(new Map([...first.given, ...second.given]))).toEqual(byTime(hash.given));
  expect(second.state).toEqual(hash.state);
  expect(await tableOf(store)).toEqual(LAST);
});

test('a state with another name lies where it lay, and moves where a batch was to have it', async () => {
  const whole = await live(null);
  for (const time of [3000, 4000]) {
    const store = memoryStore();
    const first = await live(mortal(store, completes(time)), { batches: time / 1000 });
    const tables = new Map([...MOVES].filter(([at]) => at > time));
    const second = await live(store, { fromMs: time, batches: BATCHES - time / 1000, tables, renamed: 'sums' });
    expect(new Map([...first.given, ...second.given])).toEqual(whole.given);
    expect(second.state).toEqual(whole.state);
  }
});

test('state that is migrated lies by hash, and moves where a batch was to have it', async () => {
  const whole = await live(null);
  const store = memoryStore();
  const first = await live(mortal(store, completes(4000)), { batches: 4 });
  const second = await live(store, { fromMs: 4000, batches: 5, migrates: true });
  expect(byTime(new Map([...first.given, ...second.given]))).toEqual(byTime(whole.given));
  expect(second.state).toEqual(whole.state);
});

test('state that is migrated to other partitions has nothing to do with where it was to lie', async () => {
  const hash = await live(null, { skew: 'hash' });
  const store = memoryStore();
  // It was to move with the third batch, whose record says so.
  const first = await live(mortal(store, completes(3000)), { batches: 3 });
  const changed = { migrates: true, numPartitions: 2, tables: null };
  const second = await live(store, { fromMs: 3000, batches: 6, ...changed });
  const counted = [...first.given].filter(([place]) => !place.startsWith('3000/'));
  expect(byTime(new Map([...counted, ...second.given]))).toEqual(byTime(hash.given));
  expect(second.state).toEqual(hash.state);
  expect(await tableOf(store)).toBeUndefined();
});

test('an older checkpoint says nothing of places: all of its state lies by hash', async () => {
  const whole = await live(null);
  const store = memoryStore();
  // What is written without a move is what a version without them writes.
  const first = await live(store, { batches: 2 });
  const records = await look(store, () =>
    [...store.entries(['batch'])].map(({ value }) => decodeRecord<object>(value)),
  );
  expect(records.some((record) => 'tables' in record)).toBe(false);
  const second = await live(store, { fromMs: 2000, batches: 7 });
  expect(new Map([...first.given, ...second.given])).toEqual(whole.given);
});
