import { expect, it } from 'vitest';
import { codecTasks } from './codecs.ts';
import { joinTasks } from './join.ts';
import { combineTasks, keyTasks } from './keys.ts';
import { queueTasks } from './queue.ts';
import { COUNT, counted, events, ids, tuples, words } from './records.ts';
import { windowTasks } from './window.ts';

/* That what is timed does what it is called. */

const kinds = { texts: words(), numbers: ids(), tuples: tuples() } as const;
const different = (keys: readonly unknown[]) => new Set(keys.map((key) => JSON.stringify(key))).size;

it.each([
  ['msgpack, texts', words()],
  ['msgpack, objects', events()],
  ['columns, text and number', counted(words())],
  ['columns, two numbers', counted(ids())],
  ['lines', words()],
] as const)('decodes %s as they were', (name, records) => {
  expect(codecTasks[`decode ${name}`]!()).toEqual(records);
  expect(codecTasks[`encode ${name}`]!()).toBeInstanceOf(Uint8Array);
});

it.each(Object.entries(kinds))('takes %s for equal by value, and spreads and combines all', (kind, keys) => {
  expect(keyTasks[`lookup key, ${kind}`]!()).toBe(different(keys));
  // 3.5 on the average; frequent keys may lie anywhere.
  expect(keyTasks[`partition of 8, ${kind}`]!()).toBeGreaterThan(COUNT);
  const sums = combineTasks[`combine, ${kind}`]!() as number[];
  expect(sums).toHaveLength(different(keys));
  expect(sums.reduce((all, sum) => all + sum, 0)).toBe(COUNT);
  const columns = combineTasks[`scatter over 8, ${kind}`]!() as unknown[][];
  expect(columns).toHaveLength(8);
  expect(columns.flat()).toHaveLength(COUNT);
  expect(different(columns.flat())).toBe(different(keys));
  expect(columns.reduce((sum, column) => sum + different(column), 0)).toBe(different(keys));
});

it.each(Object.entries(windowTasks))('slides a window, %s', (_, slide) => {
  for (let i = 0; i < 5; i++) {
    const pairs = slide() as [string, number][];
    expect(pairs).toHaveLength(2 * COUNT);
    // Four panes, in every other one of which the key is.
    expect(pairs.every(([, n]) => n === 2)).toBe(true);
  }
});

it('joins every value with every one of its key', () => {
  expect(joinTasks['inner, a match for each']!()).toHaveLength(COUNT);
  expect(joinTasks['inner, ten for one of ten']!()).toHaveLength(COUNT);
  expect(joinTasks['left outer, ten for one of ten']!()).toHaveLength(COUNT + 0.9 * COUNT);
  expect(joinTasks['inner, a match for each']!()[7]).toEqual(['key-7', ['left-7', 'right-7']]);
});

it('takes out what was put in', () => {
  expect(queueTasks['records of a receiver']!()).toBe(COUNT);
  expect(queueTasks['batch times']!()).toBe((100 * COUNT * (COUNT + 1)) / 2);
  expect(queueTasks['batch times of changing intervals']!()).toBe(
    Array.from({ length: COUNT }, (_, i) => 150 * Math.floor(i / 2) + (i % 2 === 0 ? 100 : 150)).reduce(
      (a, b) => a + b,
    ),
  );
});
