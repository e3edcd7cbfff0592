import { expect, it } from 'vitest';
import { parseOptions, repeatFlags } from './options.ts';

it('runs everything five times unless told otherwise', () => {
  expect(parseOptions([])).toMatchObject({ quick: false, list: false, only: [], runs: 5, out: 'latest' });
});

it('takes several --only and says what repeats a figure', () => {
  const options = parseOptions(['--quick', '--only', 'grep', '--only', 'cpu', '--runs', '9']);
  expect(options.only).toEqual(['grep', 'cpu']);
  expect(repeatFlags(options)).toEqual(['--quick', '--runs', '9']);
  expect(repeatFlags(parseOptions([]))).toEqual([]);
});

it('refuses medians of too few runs, paths as names, and what it does not know', () => {
  expect(() => parseOptions(['--runs', '3'])).toThrow(/at least 5/);
  expect(() => parseOptions(['--runs', 'many'])).toThrow(/at least 5/);
  expect(() => parseOptions(['--out', '../x'])).toThrow(/plain file name/);
  expect(() => parseOptions(['--fast'])).toThrow(/--fast/);
});
