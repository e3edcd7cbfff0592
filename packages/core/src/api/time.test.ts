import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isMillraceError } from '../errors/index.ts';
import { Duration, durationMs, milliseconds, minutes, seconds, Time } from './time.ts';

const d = milliseconds;
const t = (ms: number): Time => new Time(ms);
const pairs: [number, number][] = [
  [999, 1000],
  [0, 1],
  [1000, 999],
  [1000, 1000],
];

/** TimeSuite and DurationSuite: operation, rows of arguments, expected results. */
const vectors: [string, (...args: number[]) => unknown, number[][], unknown[]][] = [
  ['Time.<', (a, b) => t(a!).less(t(b!)), pairs, [true, true, false, false]],
  ['Time.<=', (a, b) => t(a!).lessEq(t(b!)), pairs, [true, true, false, true]],
  ['Time.>', (a, b) => t(a!).greater(t(b!)), pairs, [false, false, true, false]],
  ['Time.>=', (a, b) => t(a!).greaterEq(t(b!)), pairs, [false, false, true, true]],
  [
    'Time.plus',
    (a, b) => t(a!).plus(d(b!)).milliseconds,
    [
      [1000, 100],
      [1000, 0],
    ],
    [1100, 1000],
  ],
  [
    'Time.minusTime',
    (a, b) => t(a!).minus(t(b!)).milliseconds,
    [
      [1000, 100],
      [1000, 0],
      [1000, 1000],
    ],
    [900, 1000, 0],
  ],
  [
    'Time.minusDuration',
    (a, b) => t(a!).minus(d(b!)).milliseconds,
    [
      [1000, 100],
      [1000, 0],
      [1000, 1000],
    ],
    [900, 1000, 0],
  ],
  [
    'Time.floor',
    (a, b, zero) => t(a!).floor(d(b!), zero === undefined ? undefined : t(zero)).milliseconds,
    [
      [1350, 200],
      [1200, 200],
      [199, 200],
      [1, 1],
      [1350, 200, 50],
      [1350, 200, 150],
      [1350, 200, 200],
    ],
    [1200, 1200, 0, 1, 1250, 1350, 1200],
  ],
  [
    'Time.isMultipleOf',
    (a, b) => t(a!).isMultipleOf(d(b!)),
    [
      [1000, 5],
      [1000, 1000],
      [1000, 1],
      [1000, 6],
    ],
    [true, true, true, false],
  ],
  [
    'Time.min',
    (a, b) => t(a!).min(t(b!)).milliseconds,
    [
      [999, 1000],
      [1000, 999],
      [1000, 1000],
    ],
    [999, 999, 1000],
  ],
  [
    'Time.max',
    (a, b) => t(a!).max(t(b!)).milliseconds,
    [
      [999, 1000],
      [1000, 999],
      [1000, 1000],
    ],
    [1000, 1000, 1000],
  ],
  [
    'Time.until',
    (a, b, step) => t(a!).until(t(b!), d(step!)).map(Number),
    [
      [1000, 1100, 100],
      [1000, 1000, 100],
      [1000, 1100, 30],
    ],
    [[1000], [], [1000, 1030, 1060, 1090]],
  ],
  [
    'Time.to',
    (a, b, step) => t(a!).to(t(b!), d(step!)).map(Number),
    [
      [1000, 1100, 100],
      [1000, 1000, 100],
      [1000, 1100, 30],
    ],
    [[1000, 1100], [1000], [1000, 1030, 1060, 1090]],
  ],
  ['Duration.<', (a, b) => d(a!).less(d(b!)), pairs, [true, true, false, false]],
  ['Duration.<=', (a, b) => d(a!).lessEq(d(b!)), pairs, [true, true, false, true]],
  ['Duration.>', (a, b) => d(a!).greater(d(b!)), pairs, [false, false, true, false]],
  ['Duration.>=', (a, b) => d(a!).greaterEq(d(b!)), pairs, [false, false, true, true]],
  [
    'Duration.plus',
    (a, b) => d(a!).plus(d(b!)).milliseconds,
    [
      [1000, 100],
      [1000, 0],
    ],
    [1100, 1000],
  ],
  [
    'Duration.minus',
    (a, b) => d(a!).minus(d(b!)).milliseconds,
    [
      [1000, 100],
      [1000, 0],
      [1000, 1000],
    ],
    [900, 1000, 0],
  ],
  [
    'Duration.times',
    (a, b) => d(a!).times(b!).milliseconds,
    [
      [100, 2],
      [100, 1],
      [100, 0],
    ],
    [200, 100, 0],
  ],
  [
    'Duration.div',
    (a, b) => d(a!).div(d(b!)),
    [
      [1000, 5],
      [1000, 1],
      [1000, 1000],
      [1000, 2000],
    ],
    [200, 1000, 1, 0.5],
  ],
  [
    'Duration.isMultipleOf',
    (a, b) => d(a!).isMultipleOf(d(b!)),
    [
      [1000, 5],
      [1000, 1000],
      [1000, 1],
      [1000, 6],
    ],
    [true, true, true, false],
  ],
  [
    'Duration.min',
    (a, b) => d(a!).min(d(b!)).milliseconds,
    [
      [999, 1000],
      [1000, 999],
      [1000, 1000],
    ],
    [999, 999, 1000],
  ],
  [
    'Duration.max',
    (a, b) => d(a!).max(d(b!)).milliseconds,
    [
      [999, 1000],
      [1000, 999],
      [1000, 1000],
    ],
    [1000, 1000, 1000],
  ],
  ['Duration.isZero', (a) => d(a!).isZero(), [[0], [1]], [true, false]],
  ['Duration.milliseconds', (a) => d(a!).milliseconds, [[100]], [100]],
];

test.each(vectors)('%s', (_operation, call, inputs, expected) => {
  expect(inputs.map((args) => call(...args))).toEqual(expected);
});

test('units', () => {
  expect([milliseconds(100), seconds(30), minutes(2)].map(Number)).toEqual([100, 30_000, 120_000]);
});

test('results have the right class', () => {
  expect(t(5).minus(t(3))).toBeInstanceOf(Duration);
  expect(t(5).minus(d(3))).toBeInstanceOf(Time);
  expect(t(5).floor(d(3))).toBeInstanceOf(Time);
});

describe('for people', () => {
  test('toString and operators', () => {
    expect([String(d(1000)), `${t(1500)}`]).toEqual(['1000 ms', '1500 ms']);
    expect(t(5) < t(6) && d(7) > d(6)).toBe(true);
    expect(JSON.stringify({ at: t(5) })).toBe('{"at":5}');
  });

  test.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1.0 s'],
    [1450, '1.5 s'],
    [59_999, '60.0 s'],
    [90_000, '1.5 m'],
    [3_600_000, '1.00 h'],
    [4_500_000, '1.25 h'],
  ])('prettyPrint of %i ms is %s', (ms, printed) => {
    expect(d(ms).prettyPrint()).toBe(printed);
  });
});

test('floor gives the last grid point that is not later (property)', () => {
  const ms = fc.integer({ min: -1e6, max: 1e12 });
  fc.assert(
    fc.property(ms, fc.integer({ min: 1, max: 1e6 }), ms, (at, step, zero) => {
      const floored = t(at).floor(d(step), t(zero)).milliseconds;
      expect(floored <= at && at < floored + step).toBe(true);
      expect(Math.abs((floored - zero) % step)).toBe(0);
    }),
  );
});

describe('durationMs', () => {
  test('accepts durations and numbers of milliseconds', () => {
    expect([durationMs(seconds(0.2), 'x'), durationMs(50, 'x'), durationMs(0, 'x', { allowZero: true })]).toEqual([
      200, 50, 0,
    ]);
    expect(durationMs({ milliseconds: 5 } as Duration, 'x')).toBe(5);
  });

  test.each<[unknown]>([
    [Number.NaN],
    [-1],
    [0],
    [0.5],
    [Number.POSITIVE_INFINITY],
    [d(0)],
    [d(1.5)],
    [undefined],
    [null],
    ['5'],
    [{}],
  ])('refuses %s', (given) => {
    let thrown: unknown;
    try {
      durationMs(given as number, 'batchInterval');
    } catch (e) {
      thrown = e;
    }
    expect(isMillraceError(thrown, 'MR_DURATION')).toBe(true);
    expect((thrown as Error).message).toMatch(/^batchInterval is /);
  });

  test('a range of times needs a step', () => {
    expect(() => t(0).until(t(10), d(0))).toThrow(/step/);
  });
});
