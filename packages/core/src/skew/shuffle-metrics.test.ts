import { expect, test } from 'vitest';
import { maxOverMean, shuffleMetrics } from './shuffle-metrics.ts';

const metrics = (elapsedMs: number) => ({
  elapsedMs,
  recordsRead: 0,
  recordsWritten: 0,
  bytesWritten: 0,
  recordsCombined: 0,
  recordsProbed: 0,
  bucketBytes: 0,
});

test('sums what map tasks have for each partition, and the time of those who read it', () => {
  const found = shuffleMetrics(
    { operator: 'groupByKey', reducers: 2, side: 'left' },
    [
      {
        buckets: [{ kind: 'local', count: 30 }, null],
        heavy: [{ key: 'a', records: 20 }],
        metrics: { recordsCombined: 5, bucketBytes: 300 },
      },
      {
        buckets: [
          { kind: 'bytes', bytes: new Uint8Array(7), count: 40 },
          { kind: 'local', count: 10 },
        ],
        heavy: [
          { key: 'b', records: 24 },
          { key: 'a', records: 10 },
          { key: 'few', records: 2 },
        ],
        metrics: { recordsCombined: 6, bucketBytes: 400 },
      },
    ],
    [
      { reducer: 0, metrics: metrics(3) },
      { reducer: 1, metrics: metrics(1) },
      { reducer: 0, metrics: metrics(2) },
    ],
  );
  expect(found).toEqual({
    operator: 'groupByKey',
    side: 'left',
    encodedBytes: 700,
    records: [70, 10],
    moved: 80,
    combined: 11,
    bytes: [7, 0],
    taskMs: [5, 1],
    maxOverMeanRecords: 70 / 40,
    maxOverMeanMs: 5 / 3,
    heavyKeys: [
      { key: 'a', records: 30 },
      { key: 'b', records: 24 },
    ],
    split: null,
  });
});

test('nothing is even', () => {
  expect(maxOverMean([0, 0, 0])).toBe(1);
  expect(maxOverMean([4, 0, 0, 0])).toBe(4);
  expect(shuffleMetrics({ operator: 'x', reducers: 2 }, [], [])).toMatchObject({
    records: [0, 0],
    maxOverMeanRecords: 1,
    heavyKeys: [],
  });
});
