import { describe, expect, test } from 'vitest';
import type { Vector } from '../format.ts';
import { runVectors } from '../suite.ts';

const file = (n: number, modTimeMs: number) => ({
  path: `${n}`,
  modTimeMs,
  visibleAtMs: modTimeMs,
  records: [`${n}`],
});

/** The schedule of Spark's "recovery with file input stream": it dies in its third batch, and three files come while it is down. */
const VECTOR: Vector = {
  id: 'own-file-recovery',
  suite: 'CheckpointSuite',
  kind: 'fileStreamRecovery',
  operation: 'fileStream',
  batchDurationMs: 2000,
  params: { stopAtMs: 9000, failingBatchMs: 6000, restartAtMs: 15_000 },
  inputs: [1000, 3000, 5000, 9000, 11_000, 13_000, 15_000, 17_000, 19_000].map((time, i) => file(i + 1, time)),
  pipeline: [
    { op: 'map', fn: 'x => parseInt(x, 10)' },
    { op: 'reduceByWindow', fn: '(a, b) => a + b', windowMs: 60_000, slideMs: 2000 },
  ],
  expected: [[1], [3], [6], [6], [10], [15], [21], [28], [36], [45]],
};

const resultsOf = async (vector: Vector) =>
  (await runVectors([vector], 'both')).map(({ backend, result, detail }) => [backend, result, detail.split('\n')[0]]);

const passed = [
  ['single', 'passed', ''],
  ['threads(2)', 'passed', ''],
];

describe('a file stream that goes on', () => {
  test('has the files of each batch again, and those of the time in between', async () => {
    expect(await resultsOf(VECTOR)).toEqual(passed);
    const distinctOutputs = [1, 3, 6, 10, 15, 21, 28, 36, 45];
    expect(await resultsOf({ ...VECTOR, numBatches: 10, expected: { distinctOutputs } })).toEqual(passed);
    const { stopAtMs: _, failingBatchMs: __, ...rest } = VECTOR.params;
    const params = { ...rest, recovery: { batchesBeforeRestart: 4 } };
    expect(await resultsOf({ ...VECTOR, params })).toEqual(passed);
  });

  test('and what is not as expected is found', async () => {
    const expected = (VECTOR.expected as number[][]).with(5, [16]);
    expect(await resultsOf({ ...VECTOR, expected })).toEqual([
      ['single', 'failed', 'output at 12000 ms'],
      ['threads(2)', 'failed', 'output at 12000 ms'],
    ]);
    const [, , , ...later] = VECTOR.inputs;
    expect((await resultsOf({ ...VECTOR, inputs: later }))[0][1]).toBe('failed');
    expect((await resultsOf({ ...VECTOR, params: {} }))[0]).toEqual([
      'single',
      'failed',
      expect.stringContaining('neither stopAtMs nor recovery.batchesBeforeRestart'),
    ]);
  });
});
