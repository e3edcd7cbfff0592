import { expect, test } from 'vitest';
import { OutputMismatch, runOperation, testOperation } from './index.ts';

test('outputs come with their times, batch by batch', async () => {
  const outputs = await runOperation([[1, 2], [3], null, []], (numbers) => numbers.map((n) => n * 2), {
    numBatches: 5,
  });
  expect(outputs).toEqual([
    { time: 1000, records: [2, 4], numPartitions: 2 },
    { time: 2000, records: [6], numPartitions: 2 },
    { time: 4000, records: [], numPartitions: 2 },
    { time: 5000, records: [], numPartitions: 2 },
  ]);
});

test('several inputs give several streams', async () => {
  await testOperation({ inputs: [[['a']], [[1]]] }, ([letters, numbers]) => letters.union(numbers), [['a', 1]]);
});

test('a difference is an error that shows both sides', async () => {
  const run = testOperation([[1], [2]], (numbers) => numbers.map((n) => n + 1), [[2], [4]]);
  await expect(run).rejects.toThrow(OutputMismatch);
  await expect(run).rejects.toThrow(/batch 1 differs\n {2}expected: \[ 4 \]\n {2}actual: {3}\[ 3 \]/);
});

test('a missing batch is told from an empty one', async () => {
  await expect(testOperation([[1], null], (s) => s, [[1], []])).rejects.toThrow(
    '1 batches of output where 2 are expected',
  );
});

test('order counts unless it is said not to', async () => {
  const swap = { unordered: true };
  await testOperation([[1, 2, 2]], (s) => s, [[2, 1, 2]], swap);
  await expect(testOperation([[1, 2, 2]], (s) => s, [[2, 1, 1]], swap)).rejects.toThrow(OutputMismatch);
  await expect(testOperation([[1, 2]], (s) => s, [[2, 1]])).rejects.toThrow(OutputMismatch);
  const pairs: [string, number][] = [
    ['k', 2],
    ['k', 1],
  ];
  await testOperation([pairs], (s) => s.groupByKey(), [[['k', [1, 2]]]], { unorderedValues: true });
});

test('a failed batch rejects with its error', async () => {
  const failing = runOperation([[1]], (s) =>
    s.map(() => {
      throw new Error('no such number');
    }),
  );
  await expect(failing).rejects.toThrow('no such number');
});
