import { describe, expect, test } from 'vitest';
import { msgpackCodec } from '../codec.ts';
import { approximateDistinct } from './approximate-distinct.ts';

describe('approximateDistinct', () => {
  const kinds: [string, (i: number) => unknown][] = [
    ['integers', (i) => i],
    ['words', (i) => `user${i}`],
    ['fractions', (i) => i / 7],
  ];

  // The hash is fixed, so these are fixed numbers; four standard errors leave room for the choice of data.
  test.each(kinds)('%s: within four standard errors at every size', (_name, make) => {
    for (const precision of [8, 12]) {
      const a = approximateDistinct({ precision });
      const error = 1.04 / Math.sqrt(2 ** precision);
      let acc = a.create();
      let next = 100;
      for (let i = 1; i <= 200_000; i++) {
        acc = a.add(acc, make(i));
        if (i === next) {
          expect(Math.abs(a.finish(acc) / i - 1), `${i} values at precision ${precision}`).toBeLessThan(4 * error);
          next = Math.floor(next * 1.5);
        }
      }
    }
  });

  test('exact while there are few', () => {
    const a = approximateDistinct();
    let acc = a.create();
    for (let i = 0; i < 512; i++) for (const repeated of [0, 1]) acc = a.add(acc, [i, 'x', repeated - repeated]);
    expect(a.finish(acc)).toBe(512);
    expect(acc.registers).toBeNull();
    expect(a.add(acc, 'one more').registers).toHaveLength(4096);
  });

  test('merging small into large and large into small gives the same registers', () => {
    const a = approximateDistinct({ precision: 6 });
    const filled = (from: number, to: number) => {
      let acc = a.create();
      for (let i = from; i < to; i++) acc = a.add(acc, i);
      return acc;
    };
    const one = a.merge!(filled(0, 5), filled(5, 1000));
    const other = a.merge!(filled(5, 1000), filled(0, 5));
    expect(one).toEqual(other);
    expect(one).toEqual(filled(0, 1000));
  });

  test('an accumulator never takes more than its registers, encoded', () => {
    const a = approximateDistinct();
    let acc = a.create();
    for (let i = 0; i < 2000; i++) {
      acc = a.add(acc, i);
      expect(msgpackCodec.encode([acc], 'x').length).toBeLessThan(5000);
    }
  }, 20_000);
});
