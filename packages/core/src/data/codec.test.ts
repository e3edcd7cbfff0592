import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isMillraceError } from '../errors/index.ts';
import { settled, text, value } from './arbitraries.test-d.ts';
import { type Codec, codecOf, codecs, columnsCodec, linesCodec, msgpackCodec, registerCodec } from './codec.ts';

const roundTrip = (records: unknown[], shared = false): unknown[] =>
  msgpackCodec.decode(msgpackCodec.encode(records, 'test', { shared }));

/** The error that `f` throws. */
function thrownBy(f: () => unknown): Error {
  try {
    f();
  } catch (e) {
    return e as Error;
  }
  throw new Error('nothing was thrown');
}

describe('msgpack', () => {
  test('gives back what it was given (property)', () => {
    fc.assert(
      fc.property(fc.array(value), fc.boolean(), (records, shared) => {
        const back = roundTrip(records, shared);
        if (!isDeepStrictEqual(back, settled(records))) expect(back).toStrictEqual(settled(records));
      }),
      { numRuns: 300 },
    );
  });

  test('gives back dictionaries, with maps among them (property)', () => {
    const key = text.filter((k) => k !== '__proto__');
    const dictionary = fc.dictionary(key, fc.oneof(fc.integer(), value), { minKeys: 1, noNullPrototype: true });
    fc.assert(
      fc.property(fc.array(dictionary, { minLength: 4, maxLength: 30 }), (records) => {
        expect(isDeepStrictEqual(roundTrip(records), settled(records))).toBe(true);
      }),
    );
  });

  test('objects with very many keys, and many shapes', () => {
    const wide = Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, i]));
    expect(roundTrip([wide])).toEqual([wide]);
    const shapes = Array.from({ length: 3000 }, (_, i) => ({ [`a${i}`]: i, [`b${i % 90}`]: { [`c${i % 70}`]: 1 } }));
    expect(roundTrip(shapes)).toEqual(shapes);
    // Rows: the shapes repeat, so these are records.
    const rows = Array.from({ length: 3000 }, (_, i) => ({ id: i, [`b${i % 3}`]: true }));
    expect(roundTrip(rows)).toEqual(rows);
    expect(msgpackCodec.encode(rows, 'x')[0]).toBe(0);
    expect(msgpackCodec.encode(shapes, 'x')[0]).toBe(1);
  });

  test('keeps types that JSON loses', () => {
    const records = [
      1n,
      2n ** 63n,
      -(2n ** 90n),
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      undefined,
      new Date(-1),
      new Date(Number.NaN),
      new Float32Array([1, 2]),
      new BigInt64Array([1n]),
      new Set([new Map([[{ a: 1 }, 2]])]),
      /x/gi,
      new Uint8Array(3),
      Buffer.from('x'),
      new Uint8Array(4).buffer,
      { a: undefined },
    ];
    expect(roundTrip(records)).toStrictEqual(records);
  });

  test('its rules for what it cannot keep', () => {
    class Point {
      x = 1;
      get y(): number {
        return 2;
      }
      toJSON(): string {
        return 'never called';
      }
    }
    const holes: unknown[] = [];
    holes[1] = 1;
    const back = roundTrip([-0, new Point(), holes, JSON.parse('{"__proto__":5}'), Object.create(null)]);
    expect(back).toStrictEqual([0, { x: 1 }, [undefined, 1], { __proto_: 5 }, {}]);
    expect(Object.is(back[0], 0)).toBe(true);
    expect(roundTrip(['\ud800'])[0]).toMatch(/^\ufffd+$/);
  });

  test('records may have properties named like those of objects', () => {
    const records = [{ constructor: 1, hasOwnProperty: 2, toString: 3, length: 4, toJSON: 5, valueOf: null }];
    expect(roundTrip(records)).toEqual(records);
  });

  test('results are copies: exact, on buffers of their own, untouched by the next encoding', () => {
    const first = msgpackCodec.encode(['first'], 'x');
    const copy = Uint8Array.from(first);
    const second = msgpackCodec.encode(['other'], 'x', { shared: true });
    expect(first).toEqual(copy);
    expect([first.byteOffset, first.byteLength]).toEqual([0, first.buffer.byteLength]);
    expect(second.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(second.buffer.byteLength).toBe(second.length);
  });

  test('decoded bytes do not refer to the block', () => {
    const bytes = msgpackCodec.encode([new Uint8Array([1, 2, 3]), Buffer.from([4])], 'x');
    const back = msgpackCodec.decode(bytes);
    bytes.fill(0);
    expect(back).toEqual([new Uint8Array([1, 2, 3]), Buffer.from([4])]);
  });

  test('decodes views at any offset, of shared memory too', () => {
    const records = [
      'short',
      'a much longer string than that, to leave the paths for short ones',
      'ü',
      5,
      new Float64Array([1]),
    ];
    const bytes = msgpackCodec.encode(records, 'x');
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 9)).subarray(3, 3 + bytes.length);
    shared.set(bytes);
    expect(msgpackCodec.decode(shared)).toEqual(records);
  });

  test('a large block does not spoil the next small ones', () => {
    const big = ['x'.repeat(40_000_000)];
    expect((roundTrip(big)[0] as string).length).toBe(40_000_000);
    expect(roundTrip([1])).toEqual([1]);
  });
});

describe('what cannot be encoded', () => {
  class Registry extends Map<unknown, unknown> {}
  const cycle: Record<string, unknown> = { a: { b: [] } };
  ((cycle['a'] as { b: unknown[] }).b as unknown[]).push(cycle);
  let deep: unknown = 1;
  for (let i = 0; i < 50_000; i++) deep = [deep];

  test.each<[string, unknown, string, RegExp]>([
    ['a method', { user: { onClick() {} } }, '$.user.onClick', /function onClick/],
    ['a function in an array', [1, { x: () => 1 }], '$[1].x', /function/],
    ['the record itself', () => 1, '$', /function/],
    ['a symbol', { 'odd key': [Symbol('s')] }, '$["odd key"][0]', /symbol/],
    ['a promise', { p: Promise.resolve(1) }, '$.p', /a Promise/],
    ['a weak map', { w: new WeakMap() }, '$.w', /a WeakMap/],
    ['a subclass of Map', { r: new Registry([[1, 2]]) }, '$.r', /a Registry/],
    ['shared memory', { s: new SharedArrayBuffer(1) }, '$.s', /a SharedArrayBuffer/],
    ['a boxed string', { s: Object('x') }, '$.s', /a String/],
    ['a function in a map', { m: new Map([['k', () => 1]]) }, '$.m.get(the string "k")', /function/],
    ['a function in a set', new Set([() => 1]), '$.values()', /function/],
    ['a cycle', cycle, '$.a.b[0]', /cycle/],
    ['a toJSON method', { toJSON: () => 1 }, '$.toJSON', /function/],
    ['great depth', deep, `${'$[0][0][0][0][0][0][0][0][0][0][0][0][0]'}...`, /levels deep/],
    [
      'a getter that throws',
      Object.defineProperty({}, 'q', {
        enumerable: true,
        get() {
          throw new Error('boom');
        },
      }),
      '$.q',
      /boom/,
    ],
  ])('%s', (_name, record, path, what) => {
    for (const records of [[record], [{ fine: 1 }, record, 2]]) {
      const e = thrownBy(() => msgpackCodec.encode(records, 'map at job.ts:3'));
      expect(isMillraceError(e, 'MR_NOT_ENCODABLE')).toBe(true);
      expect(e.message).toContain('map at job.ts:3');
      expect((e as unknown as { details: Record<string, unknown> }).details).toMatchObject({
        path,
        index: records.length === 1 ? 0 : 1,
      });
      expect(e.message).toMatch(what);
    }
    // The codec goes on working.
    expect(roundTrip([{ a: 1 }, { a: 2 }])).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test('in dictionaries too', () => {
    const records: unknown[] = Array.from({ length: 20 }, (_, i) => ({ [`k${i}`]: 1 }));
    records.push({ k: { f() {} } });
    expect(thrownBy(() => msgpackCodec.encode(records, 'x')).message).toContain('$.k.f');
  });
});

describe('damaged bytes', () => {
  const decodable = (codec: Codec, bytes: Uint8Array): boolean => {
    try {
      codec.decode(bytes);
      return true;
    } catch (e) {
      if (!isMillraceError(e, 'MR_DECODE')) throw e;
      return false;
    }
  };

  const rows = Array.from({ length: 20 }, (_, i) => ({
    id: i,
    user: `user${i}`,
    tags: ['a', 'b'],
    at: new Date(i),
    n: 1n,
  }));
  const samples: [string, Codec, Uint8Array][] = [
    ['msgpack', msgpackCodec, msgpackCodec.encode(rows, 'x')],
    [
      'msgpack maps',
      msgpackCodec,
      msgpackCodec.encode(
        rows.map((r, i) => ({ [`k${i}`]: r })),
        'x',
      ),
    ],
    [
      'columns',
      columnsCodec,
      columnsCodec.encode(
        rows.map((r) => [r.user, r.id]),
        'x',
      ),
    ],
    [
      'columns of rows',
      columnsCodec,
      columnsCodec.encode(
        rows.map((r) => [r.id + 0.5, r]),
        'x',
      ),
    ],
  ];

  test.each(samples)('%s: cut off anywhere is MR_DECODE', (_name, codec, bytes) => {
    for (let end = 0; end < bytes.length; end++) expect(decodable(codec, bytes.slice(0, end))).toBe(false);
  });

  test.each(samples)(
    '%s: changed anywhere is records or MR_DECODE, never a hang or another error (property)',
    (_name, codec, bytes) => {
      const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }));
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
          const damaged = Uint8Array.from(bytes);
          for (const [at, byte] of changes) damaged[at] = byte;
          decodable(codec, damaged);
          expect(codec.decode(bytes)).toHaveLength(20);
        }),
        { numRuns: 2000 },
      );
    },
  );

  test('headers that announce more than there is', () => {
    for (const head of [
      [0xdd, 255, 255, 255, 255],
      [0xdf, 255, 255, 255, 255],
      [0xc6, 255, 255, 255, 255],
      [0xdb, 255, 255, 255, 255],
    ])
      expect(decodable(msgpackCodec, new Uint8Array([0, ...head]))).toBe(false);
    expect(decodable(msgpackCodec, new Uint8Array([0, ...new Array<number>(300_000).fill(0x91)]))).toBe(false);
    expect(decodable(msgpackCodec, new Uint8Array([9, 0x90]))).toBe(false);
    expect(decodable(msgpackCodec, new Uint8Array([0, 5]))).toBe(false);
  });
});

describe('the registry', () => {
  test('finds codecs and names those it has', () => {
    expect([...codecs.keys()]).toEqual(['msgpack', 'lines', 'columns']);
    expect(codecOf('lines')).toBe(linesCodec);
    expect(thrownBy(() => codecOf('avro')).message).toMatch(/"avro".*msgpack, lines, columns/);
  });

  test('takes a codec once', () => {
    const mine: Codec = { name: 'mine', encode: () => new Uint8Array(), decode: () => [] };
    registerCodec(mine);
    registerCodec(mine);
    expect(codecOf('mine')).toBe(mine);
    expect(
      isMillraceError(
        thrownBy(() => registerCodec({ ...mine })),
        'MR_DUPLICATE_NAME',
      ),
    ).toBe(true);
    codecs.delete('mine');
  });
});
