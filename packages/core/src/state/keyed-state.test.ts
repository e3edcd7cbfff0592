import { expect, test } from 'vitest';
import { KeyedState } from './keyed-state.ts';

/** Changes of one batch: a value to put, null to remove. */
type Changes = readonly (readonly [key: unknown, value: number | null])[];

function attempt(state: KeyedState, time: number, base: number | null, changes: Changes): void {
  state.begin({ time, base, expireBefore: null }, 'counts', 3);
  for (const [key, value] of changes) {
    const entry = state.find(key);
    if (value !== null) state.put(entry, key, value, time);
    else if (entry !== undefined) state.kill(entry);
  }
}

/** Living keys in order with value and time. */
const rows = (state: KeyedState) =>
  [...state.entries.values()].filter((e) => !e.dead).map((e) => [e.key, e.value, e.time]);

const FIRST: Changes = [
  ['a', 1],
  ['b', 2],
  ['c', 3],
];

test('what a batch puts and removes is there for the next', () => {
  const state = new KeyedState();
  attempt(state, 100, null, FIRST);
  attempt(state, 200, 100, [
    ['b', null],
    ['d', 4],
    ['a', 5],
  ]);
  expect(rows(state)).toEqual([
    ['a', 5, 200],
    ['c', 3, 100],
    ['d', 4, 200],
  ]);
  expect(state.pairs()).toEqual([
    ['a', 5],
    ['c', 3],
    ['d', 4],
  ]);
  expect(state.size).toBe(3);
});

test.each<[string, Changes]>([
  [
    'puts',
    [
      ['a', 10],
      ['a', 11],
      ['c', 12],
    ],
  ],
  [
    'inserts',
    [
      ['x', 10],
      ['y', 11],
      ['x', 12],
    ],
  ],
  [
    'removes',
    [
      ['a', null],
      ['b', null],
      ['c', null],
    ],
  ],
  [
    'removes and puts again',
    [
      ['a', null],
      ['a', 7],
      ['a', null],
      ['b', null],
      ['b', 8],
    ],
  ],
  [
    'inserts and removes',
    [
      ['x', 1],
      ['x', null],
      ['y', 1],
      ['y', null],
      ['y', 2],
    ],
  ],
  ['does nothing', []],
])('a second attempt at a batch that %s begins where the first began', (_what, changes) => {
  const state = new KeyedState();
  attempt(state, 100, null, FIRST);
  attempt(state, 200, 100, [['b', 20]]);
  const before = rows(state);
  attempt(state, 300, 200, changes);
  const after = rows(state);
  const size = state.size;
  // Begins again, and stops to look.
  state.begin({ time: 300, base: 200, expireBefore: null }, 'counts', 0);
  expect(rows(state)).toEqual(before);
  expect(state.size).toBe(before.length);
  attempt(state, 300, 200, changes);
  expect(rows(state)).toEqual(after);
  expect(state.size).toBe(size);
  expect(rows(state)).toHaveLength(size);
});

test('after a failed batch the next one continues what was before it', () => {
  const state = new KeyedState();
  attempt(state, 100, null, FIRST);
  attempt(state, 200, 100, [
    ['a', 100],
    ['z', 9],
    ['c', null],
  ]);
  attempt(state, 300, 100, [['a', 5]]);
  expect(rows(state)).toEqual([
    ['a', 5, 300],
    ['b', 2, 100],
    ['c', 3, 100],
  ]);
});

test('so does one after a failed first batch', () => {
  const state = new KeyedState();
  attempt(state, 100, null, FIRST);
  attempt(state, 200, null, [['q', 1]]);
  expect(rows(state)).toEqual([['q', 1, 200]]);
});

test('keys keep their order through a rollback; a key that comes back after its batch goes to the end', () => {
  const state = new KeyedState();
  attempt(state, 100, null, FIRST);
  attempt(state, 200, 100, [
    ['a', null],
    ['d', 4],
  ]);
  attempt(state, 200, 100, [
    ['d', 4],
    ['a', null],
    ['a', 6],
  ]);
  expect(rows(state).map(([k]) => k)).toEqual(['a', 'b', 'c', 'd']);
  attempt(state, 300, 200, [['a', null]]);
  attempt(state, 400, 300, [['a', 1]]);
  expect(rows(state).map(([k]) => k)).toEqual(['b', 'c', 'd', 'a']);
});

test('removed keys leave the map when their batch has committed, not before', () => {
  const state = new KeyedState();
  attempt(state, 100, null, FIRST);
  attempt(state, 200, 100, [
    ['a', null],
    ['b', null],
  ]);
  expect(state.entries.size).toBe(3);
  attempt(state, 300, 200, []);
  expect(state.entries.size).toBe(1);
});

test('an entry that was removed and revived in one batch stays after the commit', () => {
  const state = new KeyedState();
  attempt(state, 100, null, FIRST);
  attempt(state, 200, 100, [
    ['a', null],
    ['a', 2],
  ]);
  attempt(state, 300, 200, []);
  expect(rows(state)).toEqual([
    ['a', 2, 200],
    ['b', 2, 100],
    ['c', 3, 100],
  ]);
});

test('panes are rolled back, too', () => {
  const state = new KeyedState();
  const pane = (time: number) => ({ time, pieces: [], found: null });
  state.begin({ time: 100, base: null, expireBefore: null }, 'counts', 0);
  state.panes = [pane(100)];
  state.begin({ time: 200, base: 100, expireBefore: null }, 'counts', 0);
  state.panes = [pane(100), pane(200)];
  state.begin({ time: 200, base: 100, expireBefore: null }, 'counts', 0);
  expect(state.panes).toEqual([pane(100)]);
});

test('keys compare by value', () => {
  const state = new KeyedState();
  attempt(state, 100, null, [
    [['u', 1], 1],
    [{ id: 1, at: null }, 2],
    ['1', 3],
    [1, 4],
  ]);
  attempt(state, 200, 100, [
    [['u', 1], 10],
    [{ at: null, id: 1 }, 20],
    [1, null],
  ]);
  expect(state.pairs()).toEqual([
    [['u', 1], 10],
    [{ id: 1, at: null }, 20],
    ['1', 3],
  ]);
});

test.each<[string, number | null, number]>([
  ['before its first batch', null, 50],
  ['that skipped a committed batch', 100, 150],
])('a state %s is MR_STATE_LOST for a batch that continues another', (_what, version, base) => {
  const state = new KeyedState();
  if (version !== null) attempt(state, version, null, FIRST);
  expect(() => state.begin({ time: 300, base }, 'counts', 3)).toThrow(
    expect.objectContaining({ code: 'MR_STATE_LOST', details: { operator: 'counts', slot: 3 } }),
  );
});

test('memory follows the keys that live, not those that ever lived', () => {
  const state = new KeyedState();
  for (let i = 0; i < 1000; i++) {
    const changes: Changes = [
      [`key ${i}`, i],
      [`key ${i - 3}`, null],
    ];
    attempt(state, i + 1, i === 0 ? null : i, changes);
  }
  expect(state.size).toBe(3);
  expect(state.entries.size).toBe(4);
});

test('forgets what a store has, but first what the last batch has not changed, and finds it again when it is admitted', () => {
  const state = new KeyedState();
  const begin = (time: number, base: number | null) => state.begin({ time, base, expireBefore: null }, 'op', 0);
  begin(1, null);
  for (const key of ['a', 'b', 'c', 'd']) state.put(undefined, key, 1, 1);
  begin(2, 1);
  state.put(state.find('a'), 'a', 2, 2);
  begin(3, 2);
  state.evict(2);
  expect([...state.entries.keys()]).toEqual(['a', 'd']);
  expect(state.size).toBe(2);
  state.admit({ key: 'b', value: 1, time: 1 });
  state.put(state.find('b'), 'b', 5, 3);
  expect(state.changes('op', true)).toMatchObject([{ id: 'b', before: 1, touched: 3 }]);
  // The same batch again: what it had changed is undone, what was admitted stays.
  begin(3, 2);
  expect(state.find('b')?.value).toBe(1);
  state.evict(0);
  expect(state.size).toBe(0);
});
