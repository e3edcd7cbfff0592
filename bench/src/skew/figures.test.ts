import type { BatchTaskInfo, ShuffleMetrics } from '@millrace/core';
import { expect, test } from 'vitest';
import { FIGURES, figureRow, maxOverMean, workOf } from './figures.ts';
import { heatMaps, leastPossible } from './heat-maps.ts';
import { heavyKeyRows } from './heavy-key-rows.ts';
import { batchOf, shuffleOf, splitOf } from './metrics-of-tests.ts';

const figureOf = (metric: string, batches: Parameters<(typeof FIGURES)[0]['of']>[0]) =>
  FIGURES.find((each) => each.metric === metric)!.of(batches)?.value ?? null;

test('the load of a join without split keys is that of both its sides, and of others that of the largest shuffle', () => {
  const [left, right, behind] = [shuffleOf([30, 10]), shuffleOf([10, 10]), shuffleOf([29, 0], { operator: 'later-1' })];
  const loadsOf = (shuffles: readonly ShuffleMetrics[]) => workOf({ shuffles, stages: [] }).records;
  expect(loadsOf([left, right, behind])).toEqual([40, 20]);
  expect(loadsOf([behind, right, left])).toEqual([40, 20]);
  const split = splitOf([2], 1, []);
  expect(loadsOf([shuffleOf([25, 25], { split }), shuffleOf([25, 25], { split })])).toEqual([25, 25]);
  // A cogroup splits what is heavy on one side.
  expect(loadsOf([shuffleOf([26, 24], { split }), right])).toEqual([26, 24]);
  expect(maxOverMean([3, 1])).toBe(1.5);
  expect(maxOverMean([0, 0])).toBe(1);
});

test('where only a table moves, whole, the work is that of the tasks that read it', () => {
  const stage = {
    tasks: [{ recordsRead: 7, recordsProbed: 0, elapsedMs: 2 }],
  } as unknown as BatchTaskInfo['stages'][0];
  const last = {
    tasks: [
      { recordsRead: 530, recordsProbed: 30, elapsedMs: 3 },
      { recordsRead: 20, recordsProbed: 0, elapsedMs: 1 },
    ],
  } as unknown as BatchTaskInfo['stages'][0];
  expect(workOf({ shuffles: [shuffleOf([500])], stages: [stage, last] })).toEqual({ records: [30, 20], ms: [3, 1] });
  expect(workOf({ shuffles: [], stages: [] })).toEqual({ records: [], ms: [] });
});

test('a task that was held up once says nothing of the balance of times', () => {
  const held = [
    [1, 1, 9, 1],
    [9, 1, 1, 1],
    [1, 1, 1, 9],
  ];
  const batches = held.map((taskMs) => batchOf([shuffleOf([1, 1, 1, 1], { taskMs })]));
  expect(figureOf('max over mean of task time', batches)).toBe(1);
  const slow = [7, 7, 8].map((ms) => batchOf([shuffleOf([1, 1, 1, 1], { taskMs: [1, 1, ms, 1] })]));
  expect(figureOf('max over mean of task time', slow)).toBe(2.8);
  expect(FIGURES[1]!.of(slow)).toMatchObject({ low: 2.8, runs: 3 });
});

test('the plan of a join counts once, though both of its shuffles tell of it', () => {
  const split = splitOf([2, 4], 3, []);
  const join = [batchOf([shuffleOf([1], { split }), shuffleOf([1], { split })])];
  expect(figureOf('planning', join)).toBe(3);
  expect(figureOf('fragments of a split key', join)).toBe(3);
  expect(figureOf('putting split keys together', join)).toBeNull();
  const group = [batchOf([shuffleOf([1], { split: splitOf([2], 1, [2, 3]) })])];
  expect(figureOf('putting split keys together', group)).toBe(5);
});

test('where nothing is split there is no row of it', () => {
  const rows = FIGURES.map((figure) =>
    figureRow({ suite: 's', contender: 'c' }, figure, [batchOf([shuffleOf([1, 1])])]),
  );
  expect(rows.map((row) => row?.metric ?? null)).toEqual([
    'max over mean of records',
    'max over mean of task time',
    'time of a batch',
    'bytes shuffled',
    null,
    null,
    null,
  ]);
});

test('a map for each figure that a contender has, with nothing where nothing was measured', () => {
  const place = { keys: 1e5, partitions: 8 };
  const split = splitOf([2], 1, [1]);
  const maps = heatMaps('s', 'groupByKey', [
    { ...place, s: 1, contender: 'auto', batches: [batchOf([shuffleOf([2, 2], { split })])] },
    { ...place, s: 1, contender: 'hash', batches: [batchOf([shuffleOf([3, 1])])] },
    { ...place, s: 2, contender: 'hash', batches: [batchOf([shuffleOf([4, 0])])] },
  ]);
  const of = (metric: string) => maps.find(({ value }) => value.title === metric)!;
  expect(of('max over mean of records')).toMatchObject({
    title: 'groupByKey: max over mean of records',
    y: { labels: ['10⁵, 8'] },
    maps: [
      { contender: 'auto', cells: [[null, null, null, 1, null, null, null]] },
      { contender: 'hash', cells: [[null, null, null, 1.5, null, null, 2]] },
    ],
  });
  expect(of('planning').maps.map(({ contender }) => contender)).toEqual(['auto']);
});

test('a key that stays whole is the least that a partition can have', () => {
  const places = [0, 1].map((s) => ({ s, keys: 1e5, partitions: 2 }));
  const key = (share: number) => Array.from({ length: 10 }, (_, i): [string, number] => [i < share ? 'a' : `k${i}`, i]);
  const { cells } = leastPossible(places, ({ s }) => key(s === 0 ? 2 : 8));
  expect(cells).toEqual([[1, null, null, 1.6, null, null, null]]);
});

test('heavy keys have their share of their shuffle, and say which one', () => {
  const heavyKeys = [
    { key: 'ORD', records: 30 },
    { key: ['a', 1], records: 10 },
  ];
  const batch = batchOf([shuffleOf([60, 40], { heavyKeys }), shuffleOf([10, 10], { heavyKeys: heavyKeys.slice(1) })]);
  const rows = heavyKeyRows('s', 'auto', batch);
  expect(rows.map(({ contender, value }) => [contender, value])).toEqual([
    ['auto: ORD', 30],
    ['auto: a,1', 10],
    ['auto: a,1 of shuffle 2', 50],
  ]);
});
