import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settled, value } from './arbitraries.test-d.ts';
import { msgpackCodec } from './codec.ts';
import { HASH_VERSION, hashKey, hashKeyAgain } from './hash.ts';

describe('hashKey', () => {
  test('golden values: they are in checkpoints and may never change within a version', () => {
    expect(HASH_VERSION).toBe(1);
    const golden: [unknown, number][] = [
      ['', 3651860435],
      ['a', 1229274632],
      ['ab', 1101896051],
      ['abc', 1405879232],
      ['hello', 1250600450],
      ['word count', 692865405],
      ['grün', 2295369145],
      ['日本', 854273965],
      ['🎉', 1342080409],
      ['\u0001', 2482899115],
      [0, 3207509180],
      [1, 4197460456],
      [-1, 1357484694],
      [42, 811391023],
      [2 ** 31 - 1, 2216573548],
      [-(2 ** 31), 1299144644],
      [2 ** 31, 885395002],
      [1.5, 1307392838],
      [-0.1, 3342083025],
      [1e300, 2454958791],
      [Number.NaN, 1803146229],
      [Number.POSITIVE_INFINITY, 1495389193],
      [null, 2050775521],
      [true, 1294932151],
      [false, 2447810765],
      [1n, 3925868007],
      [-(2n ** 70n), 655490034],
      [['user', 1], 1537445624],
      [{ b: [1, null], a: 'x' }, 979077046],
      [new Date(1_700_000_000_000), 1055034818],
      [new Uint8Array([1, 2]), 1868653478],
      [new Map([['k', 1]]), 2401530712],
      [new Set([1, 'a']), 1075527981],
      [[undefined], 806473709],
    ];
    expect(golden.map(([k]) => hashKey(k))).toEqual(golden.map(([, hash]) => hash));
  });

  test('golden values of the second hash, which sketches keep', () => {
    expect(['hello', 1, 1.5, [1, 'a']].map(hashKeyAgain)).toEqual([4110281844, 1014319628, 2180335649, 3609236355]);
  });

  test('equal keys have equal hashes, also after a round trip (property)', () => {
    fc.assert(
      fc.property(value, (v) => {
        const hash = hashKey(v);
        expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32).toBe(true);
        expect(hashKey(settled(v))).toBe(hash);
        expect(hashKey(msgpackCodec.decode(msgpackCodec.encode([v], 'test'))[0])).toBe(hash);
      }),
    );
  });

  test('-0 is 0, all NaN are one, an int is the float of the same value', () => {
    expect(hashKey(-0)).toBe(hashKey(0));
    expect(hashKey(new Float64Array(new BigUint64Array([0x7ff8000000000001n]).buffer)[0])).toBe(hashKey(Number.NaN));
    expect(hashKey(new Float64Array([7])[0])).toBe(hashKey(7));
  });

  test('a string hashes the same however V8 holds it', () => {
    const flat = 'some quite long key';
    const rope = 'some quite '.concat('long', ' key');
    const sliced = `xx${flat}xx`.slice(2, -2);
    expect([hashKey(rope), hashKey(sliced)]).toEqual([hashKey(flat), hashKey(flat)]);
  });

  const families: [string, (i: number) => unknown][] = [
    ['integers', (i) => i],
    ['even integers', (i) => i * 2],
    ['multiples of 1024', (i) => i * 1024],
    ['negative integers', (i) => -i],
    ['large integers', (i) => 1.7e12 + i * 1000],
    ['fractions', (i) => i / 10],
    ['words', (i) => `word${i}`],
    ['padded numbers', (i) => String(i).padStart(10, '0')],
    ['tuples', (i) => [`user${i % 1000}`, Math.floor(i / 1000)]],
    ['bigints', (i) => BigInt(i)],
  ];
  test.each(families)('%s spread evenly over any number of partitions', (_name, make) => {
    const total = 50_000;
    const hashes = Array.from({ length: total }, (_, i) => hashKey(make(i)));
    for (const n of [2, 3, 4, 7, 8, 16, 60, 64]) {
      const sizes = new Array<number>(n).fill(0);
      for (const h of hashes) sizes[h % n]!++;
      const mean = total / n;
      const chi2 = sizes.reduce((sum, size) => sum + (size - mean) ** 2 / mean, 0);
      // Six standard deviations of chi-square: fixed data, so this never flickers.
      expect(chi2).toBeLessThan(n - 1 + 6 * Math.sqrt(2 * (n - 1)));
    }
    // About total^2 / 2^33 collisions are expected of a random function.
    expect(total - new Set(hashes).size).toBeLessThan(8);
  });
});
