import { expect, it } from 'vitest';
import type { Row, SuiteResult } from '../suite.ts';
import { checkResult } from './check-result.ts';

const estimate = { value: 2, low: 1, high: 3, runs: 5 };
const row: Row = { suite: 's', contender: 'single', metric: 'time', unit: 'ms', better: 'lower', ...estimate };
const axis = { title: 'a', unit: '' };
/** As it comes from another process. */
const checked = (result: unknown) => checkResult(JSON.parse(JSON.stringify({ result })).result);

it('takes what reports can show', () => {
  const series = [
    { suite: 's', title: 'c', x: axis, y: axis, lines: [{ contender: 'single', points: [[0, 1] as const] }] },
  ];
  const result: SuiteResult = { rows: [row], ratios: { r: estimate }, series };
  expect(checked(result)).toEqual(result);
});

it('names the row, the ratio or the line whose number is none', () => {
  for (const figure of ['value', 'low', 'high'] as const)
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, undefined])
      expect(() => checked({ rows: [row, { ...row, contender: 'mine', [figure]: wrong }], ratios: {} })).toThrow(
        `the row mine, time: its ${figure} is `,
      );
  expect(() => checked({ rows: [{ ...row, runs: 0 }], ratios: {} })).toThrow('its runs are 0');
  expect(() => checked({ rows: [], ratios: { r: { ...estimate, high: Number.NaN } } })).toThrow(
    'the ratio r: its high',
  );
  const lines = [{ contender: 'single', points: [[0, Number.NaN]] }];
  expect(() => checked({ rows: [], ratios: {}, series: [{ title: 'c', lines }] })).toThrow(
    'the chart c: at a point of single',
  );
});

it('says what a suite gives, where it gave something else', () => {
  for (const wrong of [undefined, null, {}, { rows: [] }, { rows: {}, ratios: {} }])
    expect(() => checked(wrong)).toThrow('a suite gives { rows, ratios }');
  expect(() => checked({ rows: [null], ratios: {} })).toThrow('row 1 of its result has no suite');
  const { unit: _, ...without } = row;
  expect(() => checked({ rows: [without], ratios: {} })).toThrow('row 1 of its result has no unit');
});
