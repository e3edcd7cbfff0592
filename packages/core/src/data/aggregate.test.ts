import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isMillraceError } from '../errors/index.ts';
import { type Aggregate, defineAggregate, fromReduce } from './aggregate.ts';
import { approximateDistinct, average, count, distinct, minMax, sum, topK } from './aggregates/index.ts';
import { settled, value } from './arbitraries.test-d.ts';
import { msgpackCodec } from './codec.ts';
import { lookupKey } from './key.ts';

// The laws hold for every aggregate, whatever its types.
type Any = Aggregate<any, any, any>;

const addAll = (a: Any, values: unknown[]): unknown => values.reduce((acc, v) => a.add(acc, v), a.create());
const travel = (acc: unknown): unknown => msgpackCodec.decode(msgpackCodec.encode([acc], 'test'))[0];
const integers = fc.integer({ min: -1000, max: 1000 });
const words = fc.constantFrom<unknown>('a', 'b', 'c', ['a', 1], ['a', 2], 1, null);

/** Compares results, and accumulators where order does not count in their meaning. */
const equal = (a: unknown, b: unknown): void => {
  if (!isDeepStrictEqual(a, b)) expect(a).toStrictEqual(b);
};

const all: [Any, fc.Arbitrary<unknown>][] = [
  [count(), value],
  [sum(), integers],
  [average(), integers],
  [minMax(), value],
  [topK(3), value],
  [topK(2, { by: (v: unknown) => (v as number) % 5 }), integers],
  [distinct(), words],
  [distinct(), value],
  [approximateDistinct({ precision: 6 }), words],
  [approximateDistinct({ precision: 4 }), value],
  [
    fromReduce(
      (a: number, b: number) => a + b,
      (a, b) => a - b,
    ),
    integers,
  ],
  [fromReduce((a: number, b: number) => Math.max(a, b)), integers],
];

describe.each(all.map(([a, arb]) => [a.name, a, arb] as const))('%s', (_name, a, arb) => {
  test('adding everything equals merging parts in order, also after a journey (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.array(arb, { maxLength: 12 }), { maxLength: 5 }), (parts) => {
        const whole = a.finish(addAll(a, parts.flat()));
        const merged = parts.reduce<unknown>((acc, part) => a.merge!(acc, travel(addAll(a, part))), a.create());
        equal(settled(a.finish(merged)), settled(whole));
        equal(settled(a.finish(travel(merged))), settled(whole));
      }),
    );
  });

  test('the empty accumulator is neutral, and arguments that may not change do not (property)', () => {
    fc.assert(
      fc.property(fc.array(arb), fc.array(arb), (xs, ys) => {
        const result = settled(a.finish(addAll(a, xs)));
        equal(settled(a.finish(a.merge!(a.create(), addAll(a, xs)))), result);
        equal(settled(a.finish(a.merge!(addAll(a, xs), a.create()))), result);
        const second = addAll(a, ys);
        const before = structuredClone(second);
        const merged = a.merge!(addAll(a, xs), second);
        // Later additions to the merged accumulator must not reach the second one either.
        for (const x of xs) a.add(merged, x);
        equal(second, before);
        const finished = a.finish(second);
        const kept = structuredClone(finished);
        for (const x of xs) a.add(second, x);
        equal(finished, kept);
      }),
    );
  });

  test.runIf(a.subtract !== undefined)('subtracting a part leaves the rest (property)', () => {
    fc.assert(
      fc.property(fc.array(arb, { minLength: 1 }), fc.array(arb, { minLength: 1 }), (xs, ys) => {
        const older = addAll(a, xs);
        const both = addAll(a, [...xs, ...ys]);
        const copies = structuredClone([older, both]);
        const rest = a.finish(a.subtract!(both, older));
        equal([older, both], copies);
        const expected = a.finish(addAll(a, ys));
        // A distinct value keeps its first place, so only the members are those of the rest.
        const unordered = (r: unknown): unknown => (Array.isArray(r) ? new Set(r.map(lookupKey)) : settled(r));
        equal(unordered(rest), unordered(expected));
        // And the result works like any accumulator.
        equal(unordered(a.finish(a.merge!(a.subtract!(both, older), addAll(a, xs)))), unordered(a.finish(both)));
      }),
    );
  });
});

describe('results', () => {
  const of = (a: Any, values: unknown[]): unknown => a.finish(addAll(a, values));

  test('of nothing', () => {
    expect(
      [count(), sum(), average(), minMax(), topK(2), distinct(), approximateDistinct()].map((a) => of(a, [])),
    ).toEqual([0, 0, Number.NaN, null, [], [], 0]);
  });

  test('of some values', () => {
    expect(of(count(), ['a', 'b'])).toBe(2);
    expect(of(average(), [1, 2, 6])).toBe(3);
    expect(of(minMax(), ['b', 'a', 'c'])).toEqual({ min: 'a', max: 'c' });
    expect(of(topK(2), [1, 5, 3, 5])).toEqual([5, 5]);
    expect(of(distinct(), [['a', 1], 'x', ['a', 1], 'x', null])).toEqual([['a', 1], 'x', null]);
    expect(
      of(
        fromReduce((a: string, b: string) => a + b),
        ['x', 'y', 'z'],
      ),
    ).toBe('xyz');
  });

  test('topK: equal ranks by the values, equal values by arrival, at any split', () => {
    const byCount = topK<[string, number]>(3, { by: (pair) => pair[1] });
    const values: [string, number][] = [
      ['a', 1],
      ['b', 2],
      ['c', 2],
      ['d', 0],
      ['e', 2],
    ];
    expect(of(byCount, values)).toEqual([
      ['e', 2],
      ['c', 2],
      ['b', 2],
    ]);
    expect(of(byCount, values.toReversed())).toEqual([
      ['e', 2],
      ['c', 2],
      ['b', 2],
    ]);
  });

  test('topK agrees with sorting (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 10 }), (values, k) => {
        expect(of(topK(k), values)).toEqual(values.toSorted((x, y) => y - x).slice(0, k));
      }),
    );
  });

  test('distinct refuses what has no identity', () => {
    expect(() => of(distinct(), [undefined])).toThrow(/compare by value/);
  });
});

describe('wrong definitions', () => {
  const codeOf = (f: () => unknown): string | undefined => {
    try {
      f();
      return undefined;
    } catch (e) {
      return isMillraceError(e) ? e.code : String(e);
    }
  };
  const good = count();

  test('are refused where they are written', () => {
    expect(defineAggregate(good)).toBe(good);
    expect(codeOf(() => defineAggregate({ ...good, add: 5 as never }))).toBe('MR_NOT_A_FUNCTION');
    expect(codeOf(() => defineAggregate({ ...good, merge: 'x' as never }))).toBe('MR_NOT_A_FUNCTION');
    expect(codeOf(() => defineAggregate({ ...good, name: '' }))).toBe('MR_OPTION');
    expect(codeOf(() => topK(0))).toBe('MR_OPTION');
    expect(codeOf(() => approximateDistinct({ precision: 3 }))).toBe('MR_OPTION');
    expect(codeOf(() => approximateDistinct({ precision: 12.5 }))).toBe('MR_OPTION');
  });
});
