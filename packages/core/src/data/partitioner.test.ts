import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isMillraceError } from '../errors/index.ts';
import { value } from './arbitraries.test-d.ts';
import { compareValues } from './compare.ts';
import {
  customPartitioner,
  describePartitioner,
  hashPartitioner,
  rangePartitioner,
  samePartitioner,
} from './partitioner.ts';

const codeOf = (f: () => unknown): string => {
  try {
    f();
  } catch (e) {
    return isMillraceError(e) ? e.code : String(e);
  }
  return 'nothing thrown';
};

describe('partitioners', () => {
  test('hash: in range, equal keys together', () => {
    const p = hashPartitioner(4);
    fc.assert(
      fc.property(value, (v) => {
        const part = p.getPartition(v);
        expect(Number.isInteger(part) && part >= 0 && part < 4).toBe(true);
        expect(p.getPartition(structuredClone(v))).toBe(part);
      }),
    );
    expect(hashPartitioner(1).getPartition('x')).toBe(0);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '4' as never])('%s partitions are refused', (n) => {
    expect(codeOf(() => hashPartitioner(n))).toBe('MR_PARTITIONS');
    expect(codeOf(() => customPartitioner(n, () => 0, 'f'))).toBe('MR_PARTITIONS');
  });

  test.each([-1, 3, 1.5, Number.NaN, undefined as never, '1' as never])(
    'custom: a result of %s is refused',
    (result) => {
      const p = customPartitioner(3, () => result, 'odd');
      expect(codeOf(() => p.getPartition('k'))).toBe('MR_OPTION');
      expect(() => p.getPartition('k')).toThrow(/partitioner odd for the key "k" .* from 0 to 2/);
    },
  );

  test('range: a bound closes its partition, as in Spark', () => {
    const up = rangePartitioner([10, 20], true);
    expect([5, 10, 11, 20, 21].map((k) => up.getPartition(k))).toEqual([0, 0, 1, 1, 2]);
    const down = rangePartitioner([10, 20], false);
    expect([5, 10, 11, 20, 21].map((k) => down.getPartition(k))).toEqual([2, 2, 1, 1, 0]);
    expect(rangePartitioner([]).getPartition(1)).toBe(0);
  });

  test('range: agrees with counting the smaller bounds (property)', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 8 }), value, (bounds, key) => {
        bounds.sort(compareValues);
        expect(rangePartitioner(bounds).getPartition(key)).toBe(bounds.filter((b) => compareValues(b, key) < 0).length);
      }),
    );
  });

  test('samePartitioner and describePartitioner', () => {
    const f = (): number => 0;
    const range = rangePartitioner([1]);
    expect(samePartitioner(hashPartitioner(2), hashPartitioner(2))).toBe(true);
    expect(samePartitioner(hashPartitioner(2), hashPartitioner(3))).toBe(false);
    expect(samePartitioner(customPartitioner(2, f, 'f'), customPartitioner(2, f, 'f'))).toBe(true);
    expect(samePartitioner(customPartitioner(2, f, 'f'), customPartitioner(2, f, 'g'))).toBe(false);
    // Functions are different objects in each thread: the name decides.
    expect(
      samePartitioner(
        customPartitioner(2, f, 'f'),
        customPartitioner(2, () => 0, 'f'),
      ),
    ).toBe(true);
    expect(samePartitioner(customPartitioner(2, f, 'f'), hashPartitioner(2))).toBe(false);
    expect(samePartitioner(hashPartitioner(2), range)).toBe(false);
    expect(samePartitioner(range, range)).toBe(true);
    // Range partitioners of equal bounds place keys alike, in every thread.
    expect(samePartitioner(range, rangePartitioner([1]))).toBe(true);
    expect(samePartitioner(range, rangePartitioner([1], false))).toBe(false);
    expect(samePartitioner(range, rangePartitioner([7]))).toBe(false);
    expect(samePartitioner(undefined, undefined)).toBe(false);
    expect([hashPartitioner(8), customPartitioner(4, f, 'byRegion')].map(describePartitioner)).toEqual([
      'hash(8)',
      'custom(byRegion, 4)',
    ]);
    expect(describePartitioner(range)).toMatch(/^custom\(range up \d+, 2\)$/);
  });
});

describe('compareValues', () => {
  test('the order of types and values', () => {
    const ordered: unknown[] = [
      null,
      false,
      true,
      Number.NEGATIVE_INFINITY,
      -1,
      0,
      0.5,
      1,
      1n,
      2n,
      2.5,
      2n ** 64n,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      '',
      'A',
      'a',
      'ab',
      'b',
      '\uffff',
      new Date(-1),
      new Date(1),
      new Date(Number.NaN),
      new Uint8Array([1]),
      new Uint8Array([1, 0]),
      new Uint8Array([2]),
      [],
      [1],
      [1, 'a'],
      [2],
      ['a'],
      { a: 1 },
      undefined,
    ];
    for (let i = 0; i < ordered.length; i++)
      for (let j = 0; j < ordered.length; j++)
        expect(
          Math.sign(compareValues(ordered[i], ordered[j])),
          `${String(ordered[i])} and ${String(ordered[j])}`,
        ).toBe(Math.sign(i - j));
    expect(compareValues(0, -0)).toBe(0);
  });

  test('is a total order (property)', () => {
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        expect(compareValues(a, a)).toBe(0);
        expect(Math.sign(compareValues(a, b)) + Math.sign(compareValues(b, a))).toBe(0);
        const [x, y, z] = [a, b, c].sort(compareValues);
        expect(compareValues(x, y) <= 0 && compareValues(y, z) <= 0 && compareValues(x, z) <= 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
