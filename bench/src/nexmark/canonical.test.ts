import { expect, it } from 'vitest';
import { type Comparison, canonical, firstDifference } from './canonical.ts';

const ROWS: Comparison = { kind: 'rows' };
const LAST: Comparison<{ k: string; n: number }> = { kind: 'last of key', key: ({ k }) => k };

it('takes rows and columns in another order for equal', () => {
  const found = canonical([{ b: [1, 2], a: 'x' }, { a: 'y' }], ROWS);
  expect(firstDifference(found, canonical([{ a: 'y' }, { a: 'x', b: [1, 2] }], ROWS))).toBeNull();
});

it('sees a repeated row, a missing one, other values, and lists in another order', () => {
  const expected = canonical([{ a: 1 }, { a: [1, 2] }], ROWS);
  const differs = (rows: unknown[]) => firstDifference(canonical(rows, ROWS), expected);
  expect(differs([{ a: 1 }, { a: 1 }, { a: [1, 2] }])).toMatch(/3 rows, not 2/);
  expect(differs([{ a: 1 }])).toMatch(/1 rows, not 2/);
  expect(differs([{ a: 1 }, { a: [2, 1] }])).toMatch(/row 1 is \{a:\[2,1\]\}, not \{a:\[1,2\]\}/);
  expect(differs([{ a: '1' }, { a: [1, 2] }])).not.toBeNull();
  expect(differs([{ a: Number.NaN }, { a: [1, 2] }])).not.toBeNull();
  expect(firstDifference([...expected, 'z'], expected)).toMatch(/row 2 is z, not there/);
});

it('keeps the last row of each key where rows are updates', () => {
  const found = canonical(
    [
      { k: 'a', n: 1 },
      { k: 'b', n: 1 },
      { k: 'a', n: 2 },
    ],
    LAST,
  );
  expect(found).toEqual(['{k:"a",n:2}', '{k:"b",n:1}']);
});
