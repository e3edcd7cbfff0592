import { expect, it } from 'vitest';
import { collect, parseDuration, parseName, parseRuns, parseShare } from './options.ts';

it('reads durations with their unit', () => {
  expect([parseDuration('500ms'), parseDuration('90s'), parseDuration('1.5m'), parseDuration('1h')]).toEqual([
    500, 90_000, 90_000, 3_600_000,
  ]);
  for (const wrong of ['5', 'm', '5 m', '-5m', '5d']) expect(() => parseDuration(wrong)).toThrow(/as in 5m/);
});

it('refuses medians of too few runs', () => {
  expect(parseRuns('9')).toBe(9);
  for (const wrong of ['3', 'many', '5.5']) expect(() => parseRuns(wrong)).toThrow(/at least 5/);
});

it('refuses paths and other characters as names, and says which it takes', () => {
  expect(parseName('latest-1.2_b')).toBe('latest-1.2_b');
  for (const wrong of ['../x', 'a/b', 'a=b', 'a b', '', '.', '..', '...'])
    expect(() => parseName(wrong)).toThrow(/letters .* dots.* no path/);
});

it('reads shares', () => {
  expect([parseShare('10%'), parseShare('0.1'), parseShare('2.5%')]).toEqual([0.1, 0.1, 0.025]);
  for (const wrong of ['ten', '-1', '%']) expect(() => parseShare(wrong)).toThrow(/as in 10%/);
});

it('takes options that stand several times', () => {
  expect(collect('b', ['a'])).toEqual(['a', 'b']);
});
