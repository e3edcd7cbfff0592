import { expect, test } from 'vitest';
import { foldHeavy } from './fold-heavy.ts';

const adding = { add: (a: number, b: number) => a + b, merge: null, operator: 'sums' };

test('a heavy key is there once, where it came first, and others are as they were', () => {
  const buckets = [
    { keys: ['a', 'hot', 'b', 'hot', 'a', 'hot'], values: [1, 2, 3, 4, 5, 6] },
    { keys: ['c', 'c'], values: [7, 8] },
  ];
  const homeOf = (key: unknown) => (key === 'c' ? 1 : 0);
  const { buckets: left, folded } = foldHeavy(buckets, [{ key: 'hot', records: 3 }], homeOf, adding);
  expect(left).toEqual([{ keys: ['a', 'hot', 'b', 'a'], values: [1, 12, 3, 5] }, buckets[1]]);
  expect(left[1]).toBe(buckets[1]);
  expect(folded).toBe(2);
  expect(foldHeavy(buckets, [], homeOf, adding)).toEqual({ buckets, folded: 0 });
});

test('keys are the same by what they have in them', () => {
  const buckets = [
    {
      keys: [
        ['a', 1],
        ['b', 1],
        ['a', 1],
      ],
      values: [1, 2, 3],
    },
  ];
  const { buckets: left } = foldHeavy(buckets, [{ key: ['a', 1], records: 2 }], () => 0, adding);
  expect(left).toEqual([
    {
      keys: [
        ['a', 1],
        ['b', 1],
      ],
      values: [4, 2],
    },
  ]);
});
