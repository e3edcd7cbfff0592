import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isMillraceError, type MillraceError } from '../errors/index.ts';
import { settled, text, value } from './arbitraries.test-d.ts';
import { columnsCodec, decodePairs, encodePairs } from './codec.ts';

/** Kinds of the key column and the value column. */
const kinds = (bytes: Uint8Array): number[] => [bytes[2]!, bytes[3]!];

const column = (n: number): fc.Arbitrary<unknown[]> => {
  const of = (arb: fc.Arbitrary<unknown>): fc.Arbitrary<unknown[]> => fc.array(arb, { minLength: n, maxLength: n });
  return fc.oneof(
    of(fc.integer()),
    of(fc.double()),
    of(fc.oneof(fc.integer(), fc.constant(-0))),
    of(fc.string({ unit: 'binary-ascii' })),
    of(text),
    of(fc.constant(undefined)),
    of(fc.oneof(fc.integer(), text)),
    of(value),
  );
};

describe('pairs as columns', () => {
  test('come back, at any offset and from shared memory (property)', () => {
    const pairs = fc.nat(30).chain((n) => fc.tuple(column(n), column(n), fc.boolean(), fc.boolean(), fc.nat(9)));
    fc.assert(
      fc.property(pairs, ([keys, values, unique, shared, offset]) => {
        const bytes = encodePairs(keys, values, 'test', { unique, shared });
        expect([bytes.byteOffset, bytes.length]).toEqual([0, bytes.buffer.byteLength]);
        expect(bytes.buffer instanceof SharedArrayBuffer).toBe(shared);
        const moved = new Uint8Array(new SharedArrayBuffer(bytes.length + 16)).subarray(offset, offset + bytes.length);
        moved.set(bytes);
        const expected = { keys: settled(keys), values: settled(values), unique };
        for (const source of [bytes, moved]) {
          const back = decodePairs(source);
          if (!isDeepStrictEqual(back, expected)) expect(back).toStrictEqual(expected);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('columns of one type have forms of their own', () => {
    const form = (values: unknown[]): number => kinds(encodePairs(values, [], 'x'))[0]!;
    expect(form([1, -5, 2 ** 31 - 1])).toBe(2);
    expect(form([1, 2 ** 31])).toBe(3);
    expect(form([1, 0.5, Number.NaN])).toBe(3);
    expect(form(['a', '', 'b c'])).toBe(4);
    expect(form(['a', 'x'.repeat(300)])).toBe(5);
    expect(form(['a', 'é'])).toBe(4);
    for (const mixed of [[1, 'a'], ['a', 1], [1, 2n], [1.5, null], [null], []]) expect(form(mixed)).toBe(0);
  });

  test('text whose first bytes are as many as its characters is not cut off', () => {
    for (const values of [['é', 'a'], ['éa'], ['日本', 'abcd'], ['🎉'], [`${'a'.repeat(300)}é`]])
      expect(decodePairs(encodePairs(values, values, 'x')).keys).toEqual(values);
  });

  test('a lone surrogate becomes U+FFFD and shifts nothing', () => {
    expect(decodePairs(encodePairs(['a\ud800', 'b', '\udc00c', 'd'], [], 'x')).keys).toEqual([
      'a\ufffd',
      'b',
      '\ufffdc',
      'd',
    ]);
  });

  test('a byte order mark is a character', () => {
    expect(decodePairs(encodePairs(['\ufeff', '\ufeffa'], [], 'x')).keys).toEqual(['\ufeff', '\ufeffa']);
  });

  test('many and long strings, beyond the memory that is kept', () => {
    const keys = Array.from({ length: 3000 }, (_, i) => `${i}:${'x'.repeat(i % 1000)}`);
    expect(decodePairs(encodePairs(keys, keys, 'x'))).toEqual({ keys, values: keys, unique: false });
  });

  test('columns may have different lengths', () => {
    expect(decodePairs(encodePairs([], [1, 2], 'x'))).toEqual({ keys: [], values: [1, 2], unique: false });
  });

  test('errors say which side of the pair', () => {
    const thrown = (f: () => unknown): MillraceError => {
      try {
        f();
      } catch (e) {
        return e as MillraceError;
      }
      throw new Error('nothing was thrown');
    };
    expect(thrown(() => encodePairs(['a', 'b'], [1, { x: () => 1 }], 'reduceByKey')).details).toMatchObject({
      operator: 'reduceByKey',
      path: '$[1].x',
      index: 1,
    });
    expect(thrown(() => encodePairs([[Symbol('s')]], [1], 'reduceByKey')).details).toMatchObject({ path: '$[0][0]' });
    expect(
      isMillraceError(
        thrown(() => columnsCodec.encode([['a', 1], 5], 'x')),
        'MR_NOT_A_PAIR',
      ),
    ).toBe(true);
  });
});
