import { expect, test } from 'vitest';
import { simulatedBatch } from './simulated-slots.ts';

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
