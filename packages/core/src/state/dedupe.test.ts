import { describe, expect, test } from 'vitest';
import { StreamingContext } from '../api/streaming-context.ts';
import { milliseconds, seconds } from '../api/time.ts';
import {
  collectOutputs,
  inlineBackend,
  ManualClock,
  runBatches,
  runOperation,
  TestSource,
  testOperation,
} from '../testing/index.ts';
import { DedupeLogic } from './dedupe.ts';
import { KeyedState } from './keyed-state.ts';

type Row = readonly [key: unknown, value: unknown];

/** One attempt at a batch, on the state alone. A time to live of 200. */
function attempt(state: KeyedState, time: number, base: number | null, rows: readonly Row[]): unknown[] {
  const action = { time, base, expireBefore: time - 200 + 1 };
  state.begin(action, 'dedupe', 0);
  const columns = { keys: rows.map(([k]) => k), values: rows.map(([, v]) => v) };
  const run = new DedupeLogic().apply(state, action, [[columns]]);
  let step = run.next();
  while (step.done !== true) step = run.next();
  return step.value;
}

/** What the state holds: keys that live with the time that counts, and what the panes say of the same. */
const held = (state: KeyedState) => ({
  entries: [...state.entries.values()].filter((e) => !e.dead).map((e) => [e.key, e.time]),
  panes: state.panes.flatMap(({ time, pieces }) => pieces.flatMap(({ keys }) => keys.map((key) => [key, time]))),
});

/** Both views agree. */
function agrees(state: KeyedState): void {
  const { entries, panes } = held(state);
  const text = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
  expect(text(panes)).toEqual(text(entries));
  expect(state.size).toBe(entries.length);
}

describe('in a stream', () => {
  test('the first passes; the time to live counts from its batch, and duplicates do not extend it', async () => {
    await testOperation(
      [['a', 'b', 'a'], ['a'], ['a', 'c'], ['a', 'b', 'c'], [], ['c']],
      (words) => words.dedupe((word) => word, { ttl: seconds(3), numPartitions: 1 }),
      [['a', 'b'], [], ['c'], ['a', 'b'], [], ['c']],
    );
  });

  test('a time to live that is no multiple of the batch interval ends at the next batch', async () => {
    await testOperation(
      [['a'], ['a'], ['a'], ['a'], ['a']],
      (words) => words.dedupe((word) => word, { ttl: milliseconds(1001) }),
      [['a'], [], ['a'], [], ['a']],
    );
  });

  test('one that is not longer than the interval looks at each batch alone', async () => {
    await testOperation(
      [
        ['a', 'a'],
        ['a', 'a'],
      ],
      (words) => words.dedupe((word) => word, { ttl: milliseconds(1) }),
      [['a'], ['a']],
    );
  });

  test('it expires in batches without data, and without a batch', async () => {
    await testOperation([['a'], null, [], ['a'], ['a']], (words) => words.dedupe((word) => word, { ttl: seconds(3) }), [
      ['a'],
      [],
      [],
      ['a'],
      [],
    ]);
  });

  test('within a batch the first in the order of the partitions passes, and keys compare by value', async () => {
    const records = [
      { id: [1, { x: null }], from: 'first partition' },
      { id: [2], from: 'first partition, too' },
      { id: [1, { x: null }], from: 'second partition' },
      { id: ['2'], from: 'a text' },
    ];
    for (const numPartitions of [1, 3]) {
      const [{ records: out, numPartitions: n }] = await runOperation(
        [records],
        (stream) => stream.dedupe(({ id }) => id, { ttl: seconds(5), numPartitions }),
        { numInputPartitions: 2 },
      );
      expect(out.map(({ from }) => from).sort()).toEqual(['a text', 'first partition', 'first partition, too']);
      expect(n).toBe(numPartitions);
    }
  });

  test('a batch that fails has let nothing through: two attempts of three fail, the third gives what the first had', async () => {
    const clock = new ManualClock();
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, maxTaskFailures: 3, warn: () => {} });
    let failures = 0;
    const passed: string[][] = [];
    const source = new TestSource(ssc, [
      ['a', 'b'],
      ['b', 'c', 'c', 'd'],
      ['a', 'c', 'd'],
      ['a', 'c'],
    ]);
    const out = collectOutputs(
      source
        .dedupe((word) => word, { ttl: seconds(2), numPartitions: 1 })
        .mapPartitions((words) => {
          const all = [...words];
          passed.push(all);
          // The batch at 2 s, and the one at 3 s, in which keys expire and come again.
          if ((passed.length >= 2 && passed.length <= 3) || (passed.length >= 5 && passed.length <= 6)) {
            failures += 1;
            throw new Error('once more');
          }
          return all;
        }),
    );
    await ssc.start();
    await runBatches(ssc, clock, 4);
    await ssc.stop();
    expect(failures).toBe(4);
    expect(passed.slice(1, 4)).toEqual([
      ['c', 'd'],
      ['c', 'd'],
      ['c', 'd'],
    ]);
    expect(passed.slice(4, 7)).toEqual([['a'], ['a'], ['a']]);
    expect(out.map((b) => b.records)).toEqual([['a', 'b'], ['c', 'd'], ['a'], ['c']]);
  });

  test('after a batch that failed for good its records may pass: it let nothing through', async () => {
    const clock = new ManualClock();
    const ssc = new StreamingContext(inlineBackend(), seconds(1), {
      clock,
      onBatchFailure: 'continue',
      warn: () => {},
    });
    const source = new TestSource(ssc, [['a'], ['b'], ['a', 'b']]);
    const out = collectOutputs(
      source
        .dedupe((word) => word, { ttl: seconds(60) })
        .map((word) => {
          if (word === 'b' && clock.now() === 2000) throw new Error('not yet');
          return word;
        }),
    );
    await ssc.start();
    await runBatches(ssc, clock, 3);
    await ssc.stop();
    expect(out.map((b) => b.records)).toEqual([['a'], ['b']]);
  });

  test('options are checked', () => {
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock: new ManualClock() });
    const words = new TestSource(ssc, [['a']]);
    const code = (expected: string) => expect.objectContaining({ code: expected });
    const self = (word: string) => word;
    expect(() => words.dedupe(self, undefined as never)).toThrow(code('MR_OPTION'));
    expect(() => words.dedupe(self, {} as never)).toThrow(code('MR_DURATION'));
    expect(() => words.dedupe(self, { ttl: 0 as never })).toThrow(code('MR_DURATION'));
    expect(() => words.dedupe(self, { ttl: seconds(1), TTL: 2 } as never)).toThrow(code('MR_OPTION'));
    expect(() => words.dedupe('word' as never, { ttl: seconds(1) })).toThrow(code('MR_NOT_A_FUNCTION'));
    expect(() => words.dedupe(async (word) => word, { ttl: seconds(1) })).toThrow(code('MR_ASYNC_FUNCTION'));
  });

  test('a key that is none fails the batch', async () => {
    const out = runOperation([['a']], (words) => words.dedupe(() => undefined, { ttl: seconds(1) }));
    await expect(out).rejects.toThrow(/dedupe/);
  });
});

describe('the state', () => {
  test('a key that expires and comes again in one batch counts from there', () => {
    const state = new KeyedState();
    expect(attempt(state, 100, null, [['a', 1]])).toEqual([1]);
    expect(attempt(state, 300, 100, [['a', 2]])).toEqual([2]);
    expect(attempt(state, 400, 300, [['a', 3]])).toEqual([]);
    expect(held(state)).toEqual({ entries: [['a', 300]], panes: [['a', 300]] });
  });

  test.each<[string, readonly Row[]]>([
    [
      'with new keys',
      [
        ['x', 1],
        ['y', 2],
        ['x', 3],
      ],
    ],
    [
      'with keys that expire and come again',
      [
        ['a', 1],
        ['b', 2],
        ['a', 3],
      ],
    ],
    ['with keys that are known', [['c', 1]]],
    ['without data', []],
  ])('a second and a third attempt begin where the first began: a batch %s', (_what, rows) => {
    // At 250 nothing expires, at 300 a and b do.
    for (const time of [250, 300]) {
      const state = new KeyedState();
      attempt(state, 100, null, [
        ['a', 0],
        ['b', 0],
      ]);
      attempt(state, 200, 100, [['c', 0]]);
      const before = held(state);
      const out = attempt(state, time, 200, rows);
      const after = held(state);
      // Another input, as when the second attempt fails half-way, then the right one.
      attempt(state, time, 200, [
        ['b', 9],
        ['q', 9],
        ['c', 9],
      ]);
      expect(attempt(state, time, 200, rows)).toEqual(out);
      expect(held(state)).toEqual(after);
      agrees(state);
      state.begin({ time, base: 200, expireBefore: time - 199 }, 'dedupe', 0);
      expect(held(state)).toEqual(before);
      agrees(state);
    }
  });

  test('memory follows the keys of the time to live, not those that ever came', () => {
    const state = new KeyedState();
    for (let i = 0; i < 1000; i++) {
      const rows = [0, 1, 2].map((n): Row => [`key ${3 * i + n}`, n]);
      attempt(state, 50 * (i + 1), i === 0 ? null : 50 * i, rows);
    }
    agrees(state);
    // Four batches within 200 ms; the keys that have expired leave the map with the next batch.
    expect([state.size, state.panes.length, state.entries.size]).toEqual([12, 4, 15]);
    attempt(state, 100_000, 50_000, []);
    attempt(state, 100_050, 100_000, []);
    expect([state.size, state.panes.length, state.entries.size]).toEqual([0, 0, 0]);
  });

  test('a batch looks up its own keys and those that expire, and does not go through the others', () => {
    const state = new KeyedState();
    attempt(state, 100, null, [['old', 0]]);
    attempt(
      state,
      200,
      100,
      Array.from({ length: 10_000 }, (_, i): Row => [i, i]),
    );
    let looked = 0;
    let walked = 0;
    const { entries } = state;
    const get = entries.get.bind(entries);
    entries.get = (id) => {
      looked += 1;
      return get(id);
    };
    for (const walk of ['values', 'entries', 'keys', 'forEach', Symbol.iterator] as const) {
      const before = (entries[walk] as () => unknown).bind(entries);
      const counted = (...args: []) => {
        walked += 1;
        return before(...args);
      };
      Object.assign(entries, { [walk]: counted });
    }
    expect(
      attempt(state, 300, 200, [
        ['new', 1],
        [7, 2],
      ]),
    ).toEqual([1]);
    expect([looked, walked]).toEqual([3, 0]);
  });
});
