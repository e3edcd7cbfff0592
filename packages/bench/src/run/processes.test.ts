import { expect, it } from 'vitest';
import { Latencies } from '../stats/latencies.ts';
import { estimate } from '../stats/stats.ts';
import type { Row, SuiteResult } from '../suite.ts';
import { together } from './processes.ts';

const row = (samples: readonly number[] | null, more: Partial<Row> = {}): Row => ({
  suite: 'a',
  contender: 'single',
  metric: 'throughput',
  unit: 'records/s',
  better: 'higher',
  ...(samples === null ? { value: 7, low: 7, high: 7, runs: 1 } : { ...estimate(samples), samples }),
  ...more,
});
const result = (rows: Row[], ratio: number): SuiteResult => ({
  rows,
  ratios: { 'a/b': { value: ratio, low: ratio - 1, high: ratio + 1, runs: 5 } },
});

it('is what one process found, where there was one', () => {
  const found = result([row([1, 2, 3])], 4);
  expect(together([found])).toBe(found);
});

it('puts samples together, and takes the median of the processes for the value', () => {
  const { rows, ratios } = together([
    result([row([10, 11, 12])], 4),
    result([row([20, 21, 22, 23, 24], { drifted: true, loopMs: 3 })], 5),
    result([row([15, 15, 15], { loopMs: 5 })], 9),
  ]);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({
    value: 15,
    low: 11,
    high: 22,
    runs: 11,
    samples: [10, 11, 12, 20, 21, 22, 23, 24, 15, 15, 15],
    processes: [3, 5, 3],
    drifted: true,
    loopMs: 4,
  });
  expect(ratios['a/b']).toEqual({ value: 5, low: 4, high: 9, runs: 15 });
});

it('has the intervals of both of two processes, and values alone become samples', () => {
  const { rows, ratios } = together([result([row(null)], 4), result([row(null, { value: 9, low: 8, high: 9 })], 6)]);
  expect(rows[0]).toMatchObject({ value: 8, low: 7, high: 9, samples: [7, 9], processes: [1, 1] });
  expect(ratios['a/b']).toEqual({ value: 5, low: 3, high: 7, runs: 10 });
});

it('keeps a row that one process alone has, and all values of a histogram', () => {
  const histogram = (...ms: number[]) => {
    const all = new Latencies();
    for (const each of ms) all.add(each);
    return all.encode();
  };
  const { rows } = together([
    result([row([1, 2], { histogram: histogram(1, 2) }), row([5, 5], { contender: 'other' })], 1),
    result([row([3, 4], { histogram: histogram(300) })], 1),
  ]);
  expect(rows.map(({ contender }) => contender)).toEqual(['single', 'other']);
  expect(rows[1]).toEqual(row([5, 5], { contender: 'other' }));
  const all = Latencies.decode(rows[0]!.histogram!);
  expect([all.count, Math.round(all.max)]).toEqual([3, 300]);
});
