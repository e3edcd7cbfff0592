import { milliseconds } from '@millrace/core';
import { expect, test } from 'vitest';
import { parseCount } from './count.ts';
import { parseDuration, withDurations } from './duration.ts';

test.each([
  ['500ms', 500],
  ['2s', 2000],
  ['1.5s', 1500],
  ['1.001s', 1001],
  ['0.29s', 290],
  ['2m', 120_000],
  ['1ms', 1],
])('the duration %s', (text, ms) => {
  expect(parseDuration(text).milliseconds).toBe(ms);
});

test.each(['500', '0ms', '-1s', '1.5ms', '1h', 's', '', '1 s', '0.0001s', 'Infinitys', '99999999999999999s'])(
  'no duration: %j',
  (text) => {
    expect(() => parseDuration(text)).toThrow('It is a number with a unit');
  },
);

test('counts', () => {
  expect(parseCount('12')).toBe(12);
  for (const text of ['0', '-1', '1.5', '', '1e3', '0x10', '9'.repeat(20)]) {
    expect(() => parseCount(text)).toThrow('It is a whole number of at least 1');
  }
});

test('durations inside of values', () => {
  const value = { min: '50ms', deep: { max: '1.5s' }, name: 'ms', list: ['1s'], n: 4, none: null };
  expect(withDurations(value)).toEqual({
    min: milliseconds(50),
    deep: { max: milliseconds(1500) },
    name: 'ms',
    list: ['1s'],
    n: 4,
    none: null,
  });
  expect(withDurations('2m')).toEqual(milliseconds(120_000));
  expect(() => withDurations({ min: '1.5ms' })).toThrow('It is a number with a unit');
});
