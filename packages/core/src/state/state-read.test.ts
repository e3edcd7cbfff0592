import { expect, test } from 'vitest';
import { decodePairs } from '../data/codec.ts';
import { lookupKey } from '../data/key.ts';
import { KeyedState } from './keyed-state.ts';
import { readStates, type StateRead } from './state-read.ts';

/** A generator of numbers below n, the same for the same seed. */
function random(seed: number): (n: number) => number {
  let x = seed;
  return (n) => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return Math.floor((x / 2 ** 32) * n);
  };
}

const first = (node: string, time: number, limit: number, prefix: string | unknown[] | null = null): StateRead => ({
  node,
  time,
  partition: null,
  what: { kind: 'first', limit, prefix },
});

test('the batch before is known however the one that continues it changes keys, and after it was undone', () => {
  const seed = Date.now() % 100_000;
  console.log(`seed ${seed}`);
  const below = random(seed);
  const state = new KeyedState();
  let committed: (readonly [key: unknown, value: unknown, touched: number])[] = [];
  let base: number | null = null;
  for (let round = 0; round < 300; round++) {
    const time = round + 1;
    state.begin({ time, base, expireBefore: null }, 'totals', 0);
    const now = new Map(committed.map(([key, value]) => [key, value]));
    for (let i = below(12); i > 0; i--) {
      const key = below(20);
      const entry = state.find(key);
      if (below(3) > 0) {
        state.put(entry, key, round * 100 + i, time);
        // A key that went and comes back in the same batch keeps its place; a map would put it at the end.
        now.set(key, round * 100 + i);
      } else if (entry !== undefined) {
        state.kill(entry);
        now.delete(key);
      }
      if (base === null) continue;
      expect([...state.pairsAt(base)], `seed ${seed}`).toEqual(committed);
      for (let k = 0; k < 20; k++)
        expect(state.valueAt(base, k), `seed ${seed}`).toBe(committed.find(([at]) => at === k)?.[1]);
    }
    expect(new Map(state.pairsAt(time) as Iterable<[unknown, unknown]>), `seed ${seed}`).toEqual(now);
    for (const [key, value] of now) expect(state.valueAt(time, key as number)).toBe(value);
    if (base !== null && below(4) === 0) continue;
    committed = [...state.pairsAt(time)];
    base = time;
    expect(state.knows(time + 1)).toBe(false);
  }
});

test('the first keys of several partitions are in the order of partitions, and of nothing more is looked at than that', () => {
  const states = ['ab', 'cd', 'ef'].map((keys, partition): [number, KeyedState] => {
    const state = new KeyedState();
    state.begin({ time: 1, base: null, expireBefore: null }, 'totals', 0);
    for (const key of keys) state.put(undefined, key, partition, 1);
    return [partition, state];
  });
  const keysOf = (read: StateRead) =>
    readStates(states, read).map(({ pairs }) => (pairs === null ? null : decodePairs(pairs).keys.join('')));
  expect(keysOf(first('totals', 1, 3))).toEqual(['ab', 'c', '']);
  expect(keysOf(first('totals', 1, 10))).toEqual(['ab', 'cd', 'ef']);
  expect(keysOf(first('totals', 1, 10, 'c'))).toEqual(['', 'c', '']);
  expect(keysOf(first('totals', 2, 10))).toEqual([null, null, null]);
});

test('a prefix of an array is its first elements, by value; a text is no prefix of an array', () => {
  const state = new KeyedState();
  state.begin({ time: 1, base: null, expireBefore: null }, 'visits', 0);
  const keys = [['ann', 1], ['ann', 2], ['annie', 1], ['ann'], 'ann', [{ id: 1 }, 'x'], [Number.NaN, 1]];
  for (const key of keys) state.put(undefined, key, true, 1);
  const found = (prefix: string | unknown[]) =>
    readStates([[0, state]], first('visits', 1, 10, prefix)).flatMap(
      ({ pairs }) => decodePairs(pairs as Uint8Array).keys,
    );
  expect(found(['ann'])).toEqual([['ann', 1], ['ann', 2], ['ann']]);
  expect(found([{ id: 1 }])).toEqual([[{ id: 1 }, 'x']]);
  expect(found([Number.NaN])).toEqual([[Number.NaN, 1]]);
  expect(found([]).length).toBe(6);
  expect(found('ann')).toEqual(['ann']);
  expect(state.valueAt(1, lookupKey(['ann', 2]))).toBe(true);
});
