import { expect, test } from 'vitest';
import { medianTimes, simulatedBatch } from './simulated-slots.ts';

test('a stage takes as long as its slowest slot, and stages come one after the other', () => {
  const stages = [
    [4, 1, 1, 2],
    [3, 3],
  ];
  expect(simulatedBatch(stages, 1)).toBe(14);
  // 4 + 1 and 1 + 2; 3 and 3.
  expect(simulatedBatch(stages, 2)).toBe(8);
  expect(simulatedBatch(stages, 4)).toBe(7);
  expect(simulatedBatch(stages, 64)).toBe(7);
  expect(simulatedBatch([], 4)).toBe(0);
});

test('a task that was held up in one batch is not taken for a slow one', () => {
  const batches = [
    [[1, 2], [3]],
    [[1, 9], [3]],
    [[8, 2], [4]],
  ];
  expect(medianTimes(batches)).toEqual([[1, 2], [3]]);
});
