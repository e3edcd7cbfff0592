import type { CheckpointStore, StoreChange, StoreKey } from '../checkpoint/store.ts';
import { isMillraceError } from '../errors/index.ts';
import type { ConformanceCase } from './cases.ts';
import { holds, rejection, same } from './conformance/expect.ts';

/** A store, and what is needed to test it. */
export interface StoreUnderTest {
  /** Another object for the same place: what a new process would have. */
  reopen(): CheckpointStore;
  /** Frees the place. */
  close?(): Promise<void>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => (value === undefined ? undefined : new TextDecoder().decode(value));
const put = (key: StoreKey, value = 'v'): StoreChange => ({ kind: 'put', key, value: bytes(value) });
const keysOf = (store: CheckpointStore, prefix: StoreKey, options?: Parameters<CheckpointStore['entries']>[1]) =>
  [...store.entries(prefix, options)].map(({ key }) => key);

/** Numbers from 0 to 1 by a seed. */
function lehmer(seed: number): () => number {
  let state = (seed % 2147483646) + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** Keys in their order: what a store that orders otherwise would get wrong. */
const ORDERED: readonly StoreKey[] = [
  [-1e15],
  [-2],
  [-1],
  [-0.5],
  [0],
  [1],
  [2],
  [10],
  [100],
  [1e15],
  [''],
  ['', 0],
  ['\0'],
  ['\0', 'x'],
  ['\0\0'],
  ['\0\x01'],
  ['\x01'],
  ['\x01', 'x'],
  ['A'],
  ['a'],
  ['a', -1],
  ['a', 2],
  ['a', 10],
  ['a', '', 1],
  ['a', 'b'],
  ['a', 'b', 1],
  ['a\0'],
  ['aa'],
  ['b'],
  ['é'],
  ['\uffff'],
  ['😀'],
];

/**
 * The suite that every checkpoint store passes: order and prefixes of keys, transactions that are whole and in order, values that
 * stay as they were, one owner, and that everything is there when it is opened again.
 *
 * @param makePlace makes a fresh place for each case
 * @example
 * ```ts
 * registerCases('my store', checkpointStoreConformance(() => ({ reopen: () => lmdbStore('/var/lib/test') })), { describe, it });
 * ```
 */
export function checkpointStoreConformance(
  makePlace: () => StoreUnderTest | Promise<StoreUnderTest>,
): ConformanceCase[] {
  const using = (
    name: string,
    body: (store: CheckpointStore, place: StoreUnderTest) => Promise<void>,
  ): ConformanceCase => ({
    name,
    run: async () => {
      const place = await makePlace();
      const store = place.reopen();
      await store.open();
      try {
        await body(store, place);
      } finally {
        await store.close();
        await place.close?.();
      }
    },
  });
  const again = async (store: CheckpointStore, place: StoreUnderTest, body: (store: CheckpointStore) => void) => {
    await store.close();
    const next = place.reopen();
    await next.open();
    try {
      body(next);
    } finally {
      await next.close();
    }
  };

  return [
    using('keys are in order, numbers by value before strings, and come back as they were', async (store) => {
      await store.write(ORDERED.toReversed().map((key) => put(key)));
      same(keysOf(store, []), ORDERED, 'all keys');
      same(keysOf(store, [], { reverse: true }), ORDERED.toReversed(), 'all keys, last first');
      same(keysOf(store, [], { limit: 3 }), ORDERED.slice(0, 3), 'the first three');
      same(keysOf(store, [], { limit: 2, reverse: true }), ORDERED.toReversed().slice(0, 2), 'the last two');
    }),
    using('entries go on after any key, in either order', async (store) => {
      await store.write(ORDERED.map((key) => put(key)));
      for (const [i, after] of ORDERED.entries()) {
        same(keysOf(store, [], { after }), ORDERED.slice(i + 1), `what comes after ${JSON.stringify(after)}`);
        const before = ORDERED.slice(0, i).reverse();
        same(keysOf(store, [], { after, reverse: true }), before, `what comes before ${JSON.stringify(after)}`);
      }
      const limited = keysOf(store, [], { after: ORDERED[1], limit: 2 });
      same(limited, ORDERED.slice(2, 4), 'two after the second');
      await store.write([{ kind: 'deletePrefix', prefix: [] }, put(['p', 1]), put(['p', 3]), put(['q', 1])]);
      same(keysOf(store, ['p'], { after: ['p', 2] }), [['p', 3]], 'what comes after a key that is not there');
      same(keysOf(store, ['p'], { after: ['p', 3] }), [], 'what comes after the last with the prefix');
      same(keysOf(store, ['p'], { after: ['p', 1], reverse: true }), [], 'what comes before the first with the prefix');
    }),
    using('a prefix means whole parts', async (store) => {
      await store.write(ORDERED.map((key) => put(key)));
      same(
        keysOf(store, ['a']),
        ORDERED.filter(([first]) => first === 'a'),
        'what begins with a',
      );
      await store.write([{ kind: 'deletePrefix', prefix: ['a'] }]);
      same(
        keysOf(store, []),
        ORDERED.filter(([first]) => first !== 'a'),
        'what is left',
      );
    }),
    using('a transaction is made in order', async (store) => {
      await store.write([put(['a'], '1'), put(['a'], '2'), put(['b', 1]), { kind: 'deletePrefix', prefix: ['b'] }]);
      await store.write([
        { kind: 'delete', key: ['none'] },
        put(['b', 2]),
        { kind: 'delete', key: ['a'] },
        put(['a'], '3'),
      ]);
      same([text(store.get(['a'])), keysOf(store, [])], ['3', [['a'], ['b', 2]]], 'what there is');
      same(store.get(['none']), undefined, 'what there is not');
    }),
    using('a transaction with a key that cannot be is not made at all', async (store) => {
      const failure = await rejection(store.write([put(['a']), put([Number.NaN])]), 'a key that is no number');
      same(isMillraceError(failure) && failure.code, 'MR_CHECKPOINT_KEY', 'the code');
      same(keysOf(store, []), [], 'what there is');
      await store.write([put(['b'])]);
      same(keysOf(store, []), [['b']], 'what there is then');
    }),
    using('transactions take effect in the order of the calls, however many are under way', async (store, place) => {
      await Promise.all(
        Array.from({ length: 1000 }, (_, i) => store.write([put(['last'], `${i}`), put(['each', i], `${i}`)])),
      );
      same(text(store.get(['last'])), '999', 'the last');
      await again(store, place, (next) => {
        same(text(next.get(['last'])), '999', 'the last, when it is opened again');
        same(
          [...next.entries(['each'])].map(({ value }) => text(value)),
          Array.from({ length: 1000 }, (_, i) => `${i}`),
          'all of them',
        );
      });
    }),
    using('values are what they were when they were given, and are not changed later', async (store) => {
      const value = bytes('before');
      const written = store.write([{ kind: 'put', key: ['a'], value }]);
      value.fill(0);
      await written;
      const got = store.get(['a']) as Uint8Array;
      await store.write([
        put(['a'], 'behind'),
        ...Array.from({ length: 200 }, (_, i) => put(['x', i], 'x'.repeat(500))),
      ]);
      same(text(got), 'before', 'what was got first');
      same(text(store.get(['a'])), 'behind', 'what is got now');
    }),
    using('shared memory, views, nothing and many megabytes can be stored', async (store, place) => {
      const shared = new Uint8Array(new SharedArrayBuffer(5000)).fill(7);
      const large = new Uint8Array(20 * 2 ** 20).map((_, i) => i % 251);
      await store.write([
        { kind: 'put', key: ['shared'], value: shared.subarray(10, 4000) },
        { kind: 'put', key: ['empty'], value: new Uint8Array(0) },
        { kind: 'put', key: ['large'], value: large },
      ]);
      await again(store, place, (next) => {
        same(next.get(['empty'])?.length, 0, 'nothing');
        same(next.get(['shared'])?.every((b) => b === 7) && next.get(['shared'])?.length, 3990, 'the view');
        holds(Buffer.compare(next.get(['large']) as Uint8Array, large) === 0, '20 MB are as they were');
      });
    }),
    using('entries may be written while others are looked at', async (store) => {
      await store.write(Array.from({ length: 300 }, (_, i) => put(['a', i])));
      const seen: StoreKey[] = [];
      for (const { key } of store.entries(['a'])) {
        seen.push(key);
        if (seen.length % 100 === 0)
          await store.write([put(['b', seen.length]), { kind: 'deletePrefix', prefix: ['c'] }]);
      }
      same(seen.length, 300, 'entries seen');
    }),
    using('a hundred thousand entries go at once', async (store) => {
      await store.write(Array.from({ length: 100_000 }, (_, i) => put(['many', i % 7, i])));
      same(store.stats().entries, 100_000, 'entries');
      await store.write([{ kind: 'deletePrefix', prefix: ['many'] }, put(['one'])]);
      same(keysOf(store, []), [['one']], 'what is left');
    }),
    using('closing waits for what is being written', async (store, place) => {
      const writes = Array.from({ length: 20 }, (_, i) => store.write([put(['a', i])]));
      await store.close();
      await Promise.all(writes);
      await store.close();
      await again(store, place, (next) => same(keysOf(next, ['a']).length, 20, 'entries'));
    }),
    using('a store that is open has an owner, one that is closed has none', async (store, place) => {
      const failure = await rejection(place.reopen().open(), 'a second owner');
      same(isMillraceError(failure) && failure.code, 'MR_CHECKPOINT_OWNED', 'the code');
      holds(failure.message.includes(`process ${process.pid}`), 'it says who the owner is', failure.message);
      await store.write([put(['a'])]);
      await again(store, place, (next) => same(keysOf(next, []), [['a']], 'what there is'));
    }),
    using('keys that no store could tell apart or find are refused', async (store) => {
      for (const key of [[], ['\ud800'], ['a', 'x\udc00'], [Number.POSITIVE_INFINITY], ['x'.repeat(5000)]]) {
        const failure = await rejection(store.write([put(['a']), put(key)]), `a key of ${key.length} parts`);
        same(isMillraceError(failure) && failure.code, 'MR_CHECKPOINT_KEY', 'the code');
      }
      const long = 'é'.repeat(940);
      await store.write([put([long, 1]), put([long])]);
      same(keysOf(store, [long]), [[long], [long, 1]], 'long keys');
      await store.write([{ kind: 'deletePrefix', prefix: [long] }]);
      same(keysOf(store, []), [], 'what is left');
    }),
    using('an empty prefix is all entries, and nothing else', async (store, place) => {
      await store.write([put([-1]), put(['']), put(['a', 1])]);
      await store.write([{ kind: 'deletePrefix', prefix: [] }]);
      same([keysOf(store, []), store.stats().entries], [[], 0], 'what is left');
      const failure = await rejection(place.reopen().open(), 'a second owner');
      same(isMillraceError(failure) && failure.code, 'MR_CHECKPOINT_OWNED', 'the code');
      await store.write([put(['b'])]);
      await again(store, place, (next) => same(keysOf(next, []), [['b']], 'what there is'));
    }),
    using('random transactions leave what they leave in a map, whenever it is opened again', async (store, place) => {
      const seed = Math.floor(Math.random() * 2 ** 31);
      const random = lehmer(seed);
      const map = new Map<number, Uint8Array>();
      let current = store;
      for (let round = 0; round < 60; round++) {
        const changes: StoreChange[] = [];
        for (let i = random() * 9; i >= 0; i--) {
          const n = Math.floor(random() * 6);
          const choice = random();
          if (choice < 0.6) {
            const value = new Uint8Array(Math.floor(random() ** 3 * 150_000)).fill(round);
            changes.push({ kind: 'put', key: ['k', n], value });
            map.set(n, value);
          } else if (choice < 0.85) {
            changes.push({ kind: 'delete', key: ['k', n] });
            map.delete(n);
          } else {
            changes.push({ kind: 'deletePrefix', prefix: ['k'] });
            map.clear();
          }
        }
        await current.write(changes);
        if (random() < 0.5) {
          await current.close();
          current = place.reopen();
          await current.open();
        }
        const found = [...current.entries([])].map(({ key, value }) => [key[1] as number, value] as const);
        const expected = [...map].sort(([a], [b]) => a - b);
        holds(
          found.length === expected.length &&
            found.every(([n, value], i) => n === expected[i]?.[0] && Buffer.compare(value, expected[i][1]) === 0),
          `round ${round} of seed ${seed}: the store is the map`,
          found.map(([n, value]) => [n, value.length]),
        );
      }
      await current.close();
    }),
    using('of two that open it at once one is told no, and the other goes on', async (store, place) => {
      await store.close();
      const next = place.reopen();
      const outcomes = await Promise.allSettled([next.open(), next.open(), place.reopen().open()]);
      same(
        outcomes.map((o) => (o.status === 'fulfilled' ? 'opened' : o.reason.code)).sort(),
        ['MR_CHECKPOINT_OWNED', 'MR_CHECKPOINT_OWNED', 'opened'],
        'the outcomes',
      );
      if (outcomes[0]?.status !== 'fulfilled') return;
      await next.write([put(['a'])]);
      same(keysOf(next, []), [['a']], 'what there is');
      await next.close();
    }),
    using('from close on nothing is taken, and what is looked at ends', async (store, place) => {
      await store.write([put(['a', 1]), put(['a', 2])]);
      const entries = store.entries(['a'])[Symbol.iterator]();
      entries.next();
      const before = store.write([put(['b'])]);
      const closing = store.close();
      const late = await rejection(store.write([put(['c'])]), 'a write after close was called');
      same(isMillraceError(late) && late.code, 'MR_CHECKPOINT_CLOSED', 'the code of the write');
      await Promise.all([before, closing, store.close()]);
      let ended: unknown;
      try {
        entries.next();
      } catch (e) {
        ended = e;
      }
      same(isMillraceError(ended) && ended.code, 'MR_CHECKPOINT_CLOSED', 'the code of the look');
      await again(store, place, (next) => same(keysOf(next, []), [['a', 1], ['a', 2], ['b']], 'what there is'));
    }),
    using('what is closed says so', async (store) => {
      await store.close();
      const failure = await rejection(store.write([put(['a'])]), 'a write');
      same(isMillraceError(failure) && failure.code, 'MR_CHECKPOINT_CLOSED', 'the code');
    }),
  ];
}
