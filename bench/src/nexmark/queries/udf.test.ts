import { expect, it } from 'vitest';
import { bidTimeType, countChar } from './udf.ts';

it('knows the part of the day at its edges', () => {
  const last = 3_600_000 - 1;
  const at = (hour: number, ms = 0) => bidTimeType((24 * 365 + hour) * 3_600_000 + ms);
  expect([at(0), at(6, last), at(20), at(23, last)]).toEqual(new Array(4).fill('nightTime'));
  expect([at(7), at(7, last), at(19), at(19, last)]).toEqual(new Array(4).fill('otherTime'));
  expect([at(8), at(18, last)]).toEqual(new Array(2).fill('dayTime'));
});

it('counts a character', () => {
  expect(['', 'abc', 'cc', 'cacbc'].map((text) => countChar(text, 'c'))).toEqual([0, 1, 2, 3]);
});
