import { expect, test } from 'vitest';
import { outlineDelta } from './delta-outline.ts';
import { KeyedState } from './keyed-state.ts';
import { decodeDelta } from './state-delta.ts';

/* What Millrace wrote in checkpoints of format 1, when a thread of its own made one delta of many. */

/** A whole state at 1000: 'a', [1, 'x'], 'c', and a pane. */
const WHOLE =
  'AQAAAAYAAAA1AAAAIQAAACEAAAAyAAAAKQAAACQAAAAAkdRyQJWkdGltZaV3aG9sZaV0aW1lZKVwYW5lc6huZXdQYW5lc80D6MPDkc0D6JGSzQPoAQAAAAEAAAAAAAAAAAAA' +
  'AAEAAAABAAAAAAAAAJAAAAAAAAAAkAAAAAAAAAABAAAAAAAAAAAAAAABAAAAAQAAAAAAAACQAAAAAAAAAJAAAAAAAAAAAQAAAAMAAAADAAAACQAAAAoAAAAAAAAAk6FhkgGh' +
  'eKFjAAAAAAAAAJMB1HJAkaFuAgMAAAAAAAABAAIAAwAAAAAAAAAMAAAAAQAAAAAAAADoAwAA6AMAAOgDAAAAAAAAkAAAAAAAAAABAQQCAQAAAAEAAAACAAAABAAAAAAAAAAB' +
  'YQAAAAAAAAEAAAAAAAAA';
/** At 2000: 'a' goes, 'c' is 30, 'd' comes, and a pane without keys. */
const CHANGES =
  'AQAAAAQAAAA4AAAAIQAAACQAAAAkAAAAAJHUckCVpHRpbWWld2hvbGWldGltZWSlcGFuZXOobmV3UGFuZXPNB9DCwpLNA+jNB9CRks0H0AABAAQAAQAAAAAAAAACAAAAAQAA' +
  'AAAAAAABYQAAAAAAAJAAAAAAAAAAAQAEAgEAAAABAAAAAgAAAAQAAAAAAAAAAWMAAAAAAAAeAAAAAAAAAAEABAIBAAAAAQAAAAIAAAAEAAAAAAAAAAFkAAAAAAAABAAAAAAA' +
  'AAA=';

test('deltas of checkpoints of format 1 are read', () => {
  const deltas = [WHOLE, CHANGES].map((text) => new Uint8Array(Buffer.from(text, 'base64')));
  const state = new KeyedState();
  for (const bytes of deltas) state.load(decodeDelta(bytes));
  expect([...state.entries.values()].map(({ key, value, time }) => [key, value, time])).toEqual([
    [[1, 'x'], { n: 2 }, 1000],
    ['c', 30, 2000],
    ['d', 4, 2000],
  ]);
  expect(state.panes.map(({ time, pieces }) => [time, pieces])).toEqual([
    [1000, [{ keys: ['a'], values: [1], unique: true }]],
    [2000, []],
  ]);
  const outlines = deltas.map((bytes) => outlineDelta((at, length) => bytes.subarray(at, at + length)));
  expect(outlines.map(({ size, inserted, removed }) => [size, inserted.count, removed.count])).toEqual([
    [3, 3, 0],
    [null, 1, 1],
  ]);
});
