import { expect, it } from 'vitest';
import { LatencyCounts, latenciesOf } from './latency-counts.ts';

const BEGIN = 1_700_000_000_000;
const span = { warmUpMs: 10, measureMs: 5 };

it('counts what was due in the span, from the first record on, and rounds up', () => {
  const counts = new LatencyCounts(span);
  expect(counts.from).toBe(Number.POSITIVE_INFINITY);
  counts.add(
    [
      [BEGIN + 1, 100],
      [BEGIN, 100],
    ],
    BEGIN + 4,
  );
  expect(counts.from).toBe(BEGIN + 10);
  counts.add(
    [
      [BEGIN + 9, 100],
      [BEGIN + 10, 100],
      [BEGIN + 14, 60],
    ],
    BEGIN + 16,
  );
  counts.add(
    [
      [BEGIN + 14, 40],
      [BEGIN + 15, 100],
    ],
    BEGIN + 20,
  );
  // Due at 10 and 14 and delivered at 16; due at 14 and delivered at 20.
  expect(counts.took).toEqual([
    [7, 100 + 40],
    [3, 60],
  ]);
  expect(counts.total).toBe(600);
  expect(counts.due).toEqual([
    [BEGIN + 1, 100],
    [BEGIN, 100],
    [BEGIN + 9, 100],
    [BEGIN + 10, 100],
    [BEGIN + 14, 100],
    [BEGIN + 15, 100],
  ]);
});

it('puts the runs of a contender together', () => {
  const short = [
    [2, 900],
    [4, 90],
  ] as const;
  const long = [
    [4, 9],
    [100, 1],
  ] as const;
  expect(latenciesOf(short).count).toBe(990);
  const all = latenciesOf(short, long);
  expect(all.count).toBe(1000);
  expect(all.quantile(0.5)).toBeCloseTo(2, 1);
  expect(all.quantile(0.99)).toBeCloseTo(4, 1);
  expect(all.max).toBeCloseTo(100, 0);
});
