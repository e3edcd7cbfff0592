import { expect, it } from 'vitest';
import { Latencies } from '../stats/latencies.ts';
import type { Row } from '../suite.ts';
import { checkResult } from './check-result.ts';

const estimate = { value: 2, low: 1, high: 3, runs: 5 };
const row: Row = { suite: 's', contender: 'single', metric: 'time', unit: 'ms', better: 'lower', ...estimate };
const axis = { title: 'a', unit: '' };
const chart = { suite: 's', title: 'c', x: axis, y: axis, lines: [{ contender: 'single', points: [[0, 1]] }] };
const value = { title: 'records', unit: '' };
const heatMap = {
  suite: 's',
  title: 'h',
  x: { title: 'skew', labels: ['0', '1'] },
  y: { title: 'keys', labels: ['10'] },
  value,
  maps: [{ contender: 'auto', cells: [[1, null]] }],
};
/** As it comes from another process. */
const checked = (result: unknown) => checkResult(JSON.parse(JSON.stringify({ result })).result, 's');

it('takes what reports can show', () => {
  const result = { rows: [row], ratios: { r: estimate }, series: [chart], heatMaps: [heatMap] };
  expect(checked(result)).toEqual(result);
});

it('names the row, the ratio or the line whose number is none', () => {
  for (const figure of ['value', 'low', 'high'] as const)
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, undefined])
      expect(() => checked({ rows: [row, { ...row, contender: 'mine', [figure]: wrong }], ratios: {} })).toThrow(
        `row 2 of the suite s (mine, time): its field ${figure} is `,
      );
  expect(() => checked({ rows: [{ ...row, runs: 0 }], ratios: {} })).toThrow('its field runs is 0');
  expect(() => checked({ rows: [], ratios: { r: { ...estimate, high: Number.NaN } } })).toThrow(
    'the ratio r of the suite s: its field high is null (what NaN and infinite numbers become), and has to be a number',
  );
  const lines = [{ contender: 'single', points: [[0, Number.NaN]] }];
  expect(() => checked({ rows: [], ratios: {}, series: [{ ...chart, lines }] })).toThrow(
    'chart 1 of the suite s: line 1: its field points is a list, and has to be a list of points [x, y]',
  );
});

it('names the field of a row or of a chart that no report could show or compare', () => {
  for (const [wrong, message] of [
    [{ better: 'sideways' }, 'field better is "sideways", and has to be one of "higher", "lower", "neither"'],
    [{ samples: 'x' }, 'field samples is "x", and has to be a list of numbers'],
    [{ samples: [1, null] }, 'field samples is a list, and has to be a list of numbers'],
    [{ suite: 'other' }, 'field suite is "other", and has to be the id of the suite'],
    [{ histogram: 'garbage' }, 'field histogram is no HdrHistogram'],
    [{ note: 5 }, 'field note is 5, and has to be a text'],
    [{ limit: '1' }, 'field limit is "1"'],
    [{ loopMs: 0 }, 'field loopMs is 0, and has to be a number above 0'],
    [{ drifted: 1 }, 'field drifted is 1'],
    [{ warmUp: { runs: 3 } }, 'warmUp: its field steady is missing'],
    [{ surprise: 1 }, 'field surprise is none that it may have'],
  ] as const)
    expect(() => checked({ rows: [{ ...row, ...wrong }], ratios: {} })).toThrow(
      new RegExp(`^row 1 of the suite s \\(single, time\\): .*${RegExp.escape(message)}`),
    );
  expect(() => checked({ rows: [row, row], ratios: {} })).toThrow(
    'row 2 of the suite s (single, time): its fields contender and metric are those of another row',
  );
  for (const [wrong, message] of [
    [{ x: undefined }, 'its field x is missing'],
    [{ y: { title: 'a' } }, 'the axis y: its field unit is missing'],
    [{ x: { ...axis, scale: 'square' } }, 'the axis x: its field scale is "square"'],
    [{ lines: [{ points: [] }] }, 'line 1: its field contender is missing'],
    [{ lines: [null] }, 'line 1 is null'],
    [{ marks: [{ x: 1 }] }, 'mark 1: its field label is missing'],
    [{ suite: 'other' }, 'its field suite is "other"'],
  ] as const)
    expect(() => checked({ rows: [], ratios: {}, series: [{ ...chart, ...wrong }] })).toThrow(
      `chart 1 of the suite s: ${message}`,
    );
});

it('names the part of a heat map that no report could show', () => {
  const [map] = heatMap.maps;
  for (const [wrong, message] of [
    [{ x: { title: 'skew' } }, 'its side x: its field labels is missing'],
    [{ y: { title: 'keys', labels: [10] } }, 'its side y: its field labels is a list, and has to be a list of texts'],
    [{ value: { ...value, scale: 'square' } }, 'its value: its field scale is "square"'],
    [{ maps: [{ cells: [[1, 1]] }] }, 'map 1: its field contender is missing'],
    [{ maps: [map, { ...map, cells: [[1, 'x']] }] }, 'map 2: its field cells is a list, and has to be a list of lists'],
    [{ maps: [{ ...map, cells: [[1]] }] }, 'map 1: its field cells has to be a list for each of the 1 labels of y'],
    [{ maps: [{ ...map, cells: [] }] }, 'map 1: its field cells has to be a list for each of the 1 labels of y'],
    [{ suite: 'other' }, 'its field suite is "other"'],
    [{ legend: 'l' }, 'its field legend is none that it may have'],
  ] as const)
    expect(() => checked({ rows: [], ratios: {}, heatMaps: [{ ...heatMap, ...wrong }] })).toThrow(
      `heat map 1 of the suite s: ${message}`,
    );
});

it('takes a histogram that is one', () => {
  const latencies = new Latencies();
  latencies.add(5);
  const result = { rows: [{ ...row, histogram: latencies.encode() }], ratios: {} };
  expect(checked(result)).toEqual(result);
});

it('gives nothing that the schema does not describe', () => {
  const full = {
    ...row,
    note: 'n',
    limit: 1,
    samples: [1],
    drifted: true,
    loopMs: 1,
    warmUp: { runs: 1, steady: true },
  };
  const series = [{ ...chart, x: { ...axis, scale: 'log' }, marks: [{ x: 1, label: 'l' }] }];
  const described = { rows: [full], ratios: {}, series, heatMaps: [heatMap] };
  expect(checked({ ...described, more: 1 })).toEqual(described);
});

it('says what a suite gives, where it gave something else', () => {
  for (const wrong of [undefined, null, {}, { rows: [] }, { rows: {}, ratios: {} }])
    expect(() => checked(wrong)).toThrow('the suite s gave no result: a suite gives { rows, ratios }');
  expect(() => checked({ rows: [null], ratios: {} })).toThrow('row 1 of the suite s is null');
  const { unit: _, ...without } = row;
  expect(() => checked({ rows: [without], ratios: {} })).toThrow('(single, time): its field unit is missing');
});
