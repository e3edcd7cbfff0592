import { expect, test } from 'vitest';
import { seededRandom } from '../lineage/builtins.ts';
import { SpaceSaving } from './space-saving.ts';

const RUNS = 300;

/** Words of a small alphabet, some much more often than others. */
function words(random: () => number): string[] {
  const kinds = 1 + Math.floor(random() * 40);
  const bend = 1 + 4 * random();
  return Array.from({ length: Math.floor(random() * 400) }, () => `w${Math.floor(random() ** bend * kinds)}`);
}

function countOf(all: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of all) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function expectBounds(sketch: SpaceSaving, all: readonly string[]): void {
  const counts = countOf(all);
  const heaviest = sketch.heaviest();
  expect(sketch.total).toBe(all.length);
  expect(heaviest.length).toBeLessThanOrEqual(sketch.capacity);
  for (const { key, count, error } of heaviest) {
    const real = counts.get(key as string) ?? 0;
    expect(count).toBeGreaterThanOrEqual(real);
    expect(count - error).toBeLessThanOrEqual(real);
  }
  const known = new Set(heaviest.map(({ key }) => key));
  for (const [word, n] of counts) if (n > all.length / sketch.capacity) expect(known.has(word)).toBe(true);
}

test('counts are never too low, too high by no more than they say, and no heavy key is missing', () => {
  for (let seed = 0; seed < RUNS; seed++) {
    const random = seededRandom(`sketch ${seed}`);
    const sketch = new SpaceSaving(1 + Math.floor(random() * 30));
    const all = words(random);
    for (const word of all) sketch.add(word);
    expectBounds(sketch, all);
    for (const { error } of sketch.heaviest()) expect(error).toBeLessThanOrEqual(all.length / sketch.capacity);
  }
});

test('sketches of parts say the same of the whole', () => {
  for (let seed = 0; seed < RUNS; seed++) {
    const random = seededRandom(`merged ${seed}`);
    const capacity = 1 + Math.floor(random() * 30);
    const parts = Array.from({ length: 1 + Math.floor(random() * 5) }, () => words(random));
    const merged = new SpaceSaving(capacity);
    for (const part of parts) {
      const sketch = new SpaceSaving(capacity);
      for (const word of part) sketch.add(word);
      merged.merge(sketch);
    }
    expectBounds(merged, parts.flat());
    // What is added behind a merge finds the counters where it looks for them.
    merged.add('w0', 1000);
    expectBounds(merged, [...parts.flat(), ...new Array<string>(1000).fill('w0')]);
  }
});

test('keys are compared by value, and come back as they were', () => {
  const sketch = new SpaceSaving(3);
  for (const key of [['a', 1], 'x', ['a', 1], 7, { k: 1 }]) sketch.add(key);
  expect(sketch.heaviest()).toEqual(
    [
      { key: { k: 1 }, count: 2, error: 1 },
      { key: ['a', 1], count: 2, error: 0 },
      { key: 7, count: 1, error: 0 },
    ].sort((a, b) => b.count - a.count || a.error - b.error),
  );
});

test('equally heavy keys have one order, whichever came first', () => {
  const [first, second] = [new SpaceSaving(4), new SpaceSaving(4)];
  for (const key of ['a', 'b', 1, true]) first.add(key);
  for (const key of [true, 1, 'b', 'a']) second.add(key);
  expect(first.heaviest()).toEqual(second.heaviest());
});
