import { expect, it } from 'vitest';
import { canonicalText } from './canonical-text.ts';

it('tells apart what JSON takes for equal', () => {
  const different: readonly unknown[] = [
    undefined,
    null,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1,
    1n,
    '1',
    true,
    'true',
    {},
    { a: undefined },
    { a: null },
    { a: Number.NaN },
    [],
    [undefined],
    [null],
    new Map(),
    new Map([['a', 1]]),
    new Map([['a', 2]]),
    { a: 1 },
    new Set(),
    new Set(['a']),
    new Set([['a']]),
    new Date(0),
    new Date(1),
    new Date(Number.NaN),
    '1970-01-01T00:00:00.000Z',
    new Uint8Array([1, 2]),
    new Uint16Array([1, 2]),
    new BigInt64Array([1n, 2n]),
    new Uint8Array([1, 2]).buffer,
    new DataView(new Uint8Array([1, 2]).buffer),
    [1, 2],
    { 0: 1, 1: 2 },
    /a/,
    /a/i,
    new Error('a'),
    new Error('b'),
    new URL('http://a.example'),
    new URL('http://b.example'),
    'a\nb',
    'a\\nb',
  ];
  expect(new Set(different.map(canonicalText)).size).toBe(different.length);
});

it('takes for equal what differs in order alone, and what a copy to another thread changes', () => {
  class Point {
    readonly x = 1;
    readonly y = new Set(['b', 'a']);
  }
  const pairs: readonly (readonly [unknown, unknown])[] = [
    [
      { a: 1, b: { c: 2, d: 3 } },
      { b: { d: 3, c: 2 }, a: 1 },
    ],
    [
      new Map<unknown, number>([
        [{ a: 1 }, 1],
        ['b', 2],
      ]),
      new Map<unknown, number>([
        ['b', 2],
        [{ a: 1 }, 1],
      ]),
    ],
    [new Set([1, 2]), new Set([2, 1])],
    [-0, 0],
    [{ a: -0 }, { a: 0 }],
    [new Point(), { y: new Set(['a', 'b']), x: 1 }],
    [Buffer.from('ab'), new Uint8Array([97, 98])],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ];
  for (const [a, b] of pairs) expect(canonicalText(a)).toBe(canonicalText(b));
  for (const [a] of pairs) expect(canonicalText(structuredClone(a))).toBe(canonicalText(a));
});

it('keeps lists in order, and can be read', () => {
  expect(canonicalText([1, 2])).not.toBe(canonicalText([2, 1]));
  expect(canonicalText({ b: new Map([['k', [1n, undefined]]]), a: new Date(0) })).toBe(
    '{"a":Date(1970-01-01T00:00:00.000Z),"b":Map{"k"=>[1n,undefined]}}',
  );
});

it('ends where a value is inside itself, and shows one that is there twice in both places', () => {
  const inside: { next?: unknown } = {};
  inside.next = [inside];
  expect(canonicalText(inside)).toBe('{"next":[inside itself(2)]}');
  const twice = { a: 1 };
  expect(canonicalText([twice, twice])).toBe('[{"a":1},{"a":1}]');
});
