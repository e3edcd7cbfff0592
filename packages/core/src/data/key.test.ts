import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isMillraceError } from '../errors/index.ts';
import { settled, value } from './arbitraries.test-d.ts';
import { msgpackCodec } from './codec.ts';
import { lookupKey, ownedKey } from './key.ts';

const same = (a: unknown, b: unknown): boolean => new Map([[lookupKey(a), 1]]).has(lookupKey(b));

describe('keys compare by value', () => {
  test.each<[unknown, unknown]>([
    [
      ['u', 'p'],
      ['u', 'p'],
    ],
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [0, -0],
    [[0], [-0]],
    [Number.NaN, Number.NaN],
    [[Number.NaN], [Number.NaN]],
    [new Date(5), new Date(5)],
    [new Uint8Array([1, 2]), Buffer.from([1, 2])],
    [new Set([1, 2]), new Set([2, 1])],
    [
      new Map([
        ['a', 1],
        ['b', 2],
      ] as const),
      new Map([
        ['b', 2],
        ['a', 1],
      ] as const),
    ],
    [Object.assign(Object.create({ inherited: 1 }), { a: 1 }), { a: 1 }],
    [Object.create(null), {}],
  ])('%o equals %o', (a, b) => {
    expect(same(a, b)).toBe(true);
  });

  const apart: unknown[] = [
    1,
    '1',
    1n,
    true,
    null,
    false,
    0,
    '',
    'true',
    'null',
    [],
    {},
    [1],
    ['1'],
    [1n],
    [null],
    [true],
    [[1]],
    [1, 2],
    [12],
    ['a', 'b'],
    ['ab'],
    ['a,b'],
    { a: 1 },
    { a: '1' },
    { a: undefined },
    { b: 1 },
    { a: 1, b: 1 },
    new Date(1),
    new Date(Number.NaN),
    new Set([1]),
    new Map([[1, 1]]),
    new Uint8Array([1]),
    new Float64Array([1]),
    '\u0001',
    '\u0001n1;',
    `\u0001${lookupKey([1])}`,
    '\u0001[1:n1;',
    [undefined],
  ];
  test('all of these are different', () => {
    expect(new Set(apart.map(lookupKey)).size).toBe(apart.length);
  });

  test('primitives stand for themselves', () => {
    for (const k of ['word', '', 7, 1.5, true, null, 3n]) expect(lookupKey(k)).toBe(k);
  });

  test('equality is that of a round trip through msgpack (property)', () => {
    fc.assert(
      fc.property(value, (v) => {
        const [back] = msgpackCodec.decode(msgpackCodec.encode([v], 'test'));
        expect(same(v, back)).toBe(true);
        expect(same(v, settled(v))).toBe(true);
      }),
    );
  });

  test('two values are the same key exactly when they are deeply equal (property)', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        // Node's own notion of depth, on JSON-like text of both, would be circular; compare through a copy instead.
        expect(same(a, structuredClone(a))).toBe(true);
        if (typeof a !== typeof b) expect(same(a, b)).toBe(false);
        expect(same([a, b], [b, a])).toBe(same(a, b));
      }),
    );
  });
});

describe('values that cannot be keys', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  test.each<[unknown, RegExp]>([
    [undefined, /undefined at \$/],
    [() => 1, /function .* at \$/],
    [Symbol('s'), /symbol .* at \$/],
    [{ user: { onClick() {} } }, /onClick at \$\.user\.onClick/],
    [[1, { x: Symbol('s') }], /at \$\[1\]\.x/],
    [Promise.resolve(), /a Promise at \$/],
    [/x/, /a RegExp/],
    [new WeakMap(), /a WeakMap/],
    [new Error('x'), /an Error/],
    [cycle, /cyclic/],
  ])('%o', (k, message) => {
    let thrown: unknown;
    try {
      lookupKey(k);
    } catch (e) {
      thrown = e;
    }
    expect(isMillraceError(thrown, 'MR_KEY_IDENTITY')).toBe(true);
    expect((thrown as Error).message).toMatch(message);
  });
});

describe('ownedKey', () => {
  test('returns an equal key', () => {
    for (const k of ['', 'short', 'a string of some length', 'ünïcödé and more of it', 5, null, [1]])
      expect(ownedKey(k)).toEqual(k);
  });
});
