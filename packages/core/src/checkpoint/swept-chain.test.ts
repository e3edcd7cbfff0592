import { beforeEach, expect, test } from 'vitest';
import { hashPartitioner } from '../data/partitioner.ts';
import { KeyedState } from '../state/keyed-state.ts';
import { decodeDelta, encodeDelta } from '../state/state-delta.ts';
import { decodeEntry } from '../state/stored-state.ts';
import { convertState } from './convert-state.ts';
import { encodeRecord, keys } from './layout.ts';
import { memoryStore } from './memory-store.ts';
import { migratedState } from './migrate-state.ts';
import type { DueMigration } from './migrations.ts';
import type { CheckpointStore } from './store.ts';

/* What changed programs make of state that was read while batches went on. */

let store: CheckpointStore;

/** In the end there are b = 20, of 2000 ms, d = 4 and a = 100; c went before it was read, and a came again. */
beforeEach(async () => {
  store = memoryStore();
  await store.open();
  const state = new KeyedState();
  const put = (key: string, value: number, time: number) => state.put(state.find(key), key, value, time);
  const kill = (key: string) => {
    const entry = state.find(key);
    if (entry !== undefined) state.kill(entry);
  };
  const written: [time: number, bytes: Uint8Array][] = [];
  const batch = (time: number, base: number | null, work: () => void) => {
    state.begin({ time, base, expireBefore: 0 }, 'sums', 0);
    work();
    const { base: read } = state.sweep(time < 4000 ? 1 : 9, 'sums');
    if (time > 1000) written.push([time, encodeDelta(state.delta(), 'sums')]);
    if (read !== null) written.unshift([read.time, read.bytes]);
  };
  batch(1000, null, () => ['a', 'b', 'c', 'd'].forEach((key, i) => void put(key, i + 1, 1000)));
  batch(2000, 1000, () => {
    put('b', 20, 2000);
    put('c', 30, 2000);
  });
  batch(3000, 2000, () => ['a', 'c'].forEach(kill));
  batch(4000, 3000, () => void put('a', 100, 4000));
  expect(written.map(([time]) => time)).toEqual([1000, 2000, 3000, 4000]);
  expect(decodeDelta(written[0]?.[1] as Uint8Array)).toMatchObject({
    sweptUntil: 4000,
    inserted: { keys: ['a', 'b', 'd'] },
  });
  await store.write([
    ...written.map(([time, value]) => ({ kind: 'put', key: keys.state('sums', 0, time), value }) as const),
    { kind: 'put', key: keys.stood('sums'), value: encodeRecord({ time: 4000, partitions: 1 }) },
  ]);
});

test('it becomes entries', async () => {
  await convertState(store, { node: 'sums', partitions: 1, time: 4000, stored: true, timed: false });
  expect([...store.entries(keys.states('sums', 0))]).toEqual([]);
  const entries = [...store.entries(keys.entriesOf('sums', 0))].map(({ value }) => decodeEntry(value));
  expect(entries).toEqual([
    { key: 'a', value: 100, time: 4000 },
    { key: 'b', value: 20, time: 2000 },
    { key: 'd', value: 4, time: 1000 },
  ]);
});

test('it is migrated, in the order of the state', async () => {
  const due: DueMigration = { from: 'sums', to: 'texts', version: 2, converts: [(key, n) => [key, `${n}`]] };
  const target = { partitioner: hashPartitioner(1), sameShape: false, keepsPanes: false, givesState: false };
  const changes = migratedState(store, due, target);
  const put = changes.find((change) => change.kind === 'put' && change.key[0] === 'state');
  expect(decodeDelta((put as { value: Uint8Array }).value)).toMatchObject({
    time: 4000,
    inserted: { keys: ['b', 'd', 'a'], values: ['20', '4', '100'] },
    insertedTimes: [2000, 1000, 4000],
  });
});
