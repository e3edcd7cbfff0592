import { expect, test } from 'vitest';
import { linesOf, places, SIDES, tens, USUAL } from './places.ts';

test('all of the grid, or a cross of it that has every value of each side', () => {
  const all = places(false);
  expect(all).toHaveLength(7 * 3 * 4);
  expect(new Set(all.map(({ s, keys, partitions }) => `${s} ${keys} ${partitions}`)).size).toBe(all.length);
  const cross = places(true);
  expect(cross).toHaveLength(7 + 2 * (3 + 2));
  for (const side of ['s', 'keys', 'partitions'] as const)
    expect(new Set(cross.map((place) => place[side]))).toEqual(new Set(SIDES[side]));
  for (const { keys, partitions } of cross)
    expect(keys === USUAL.keys || partitions === USUAL.partitions, `${keys} ${partitions}`).toBe(true);
});

test('places with the same keys and s are neighbours, whose records are drawn once', () => {
  const names = places(false).map(({ s, keys }) => `${s} ${keys}`);
  expect(names.filter((name, i) => name !== names[i - 1])).toHaveLength(new Set(names).size);
});

test('lines of a map begin with the usual place, then those that differ in one thing', () => {
  const lines = linesOf(places(true)).map(({ keys, partitions }) => `${tens(keys)}, ${partitions}`);
  expect(lines).toEqual(['10⁵, 8', '10⁴, 8', '10⁵, 2', '10⁵, 4', '10⁵, 16', '10⁶, 8']);
  expect(linesOf(places(false))).toHaveLength(12);
  expect(tens(1e10)).toBe('10¹⁰');
});
