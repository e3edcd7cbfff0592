import { expect, it } from 'vitest';
import type { CompletedBatch, DeliveredBatch } from './messages.ts';
import { withUnheard } from './unheard.ts';

const delivered = (batch: number): DeliveredBatch => ({
  ...{ kind: 'delivered', batch, batchTime: 1000 * batch },
  ...{ deliveredAt: 1000 * batch + 5, digest: `d${batch}` },
});
const completed = (batch: number): CompletedBatch => ({
  ...delivered(batch),
  ...{ kind: 'completed', processingStartTime: 1000 * batch, processingDelay: 6, completedAt: 1000 * batch + 6 },
});

it('a batch that was complete when nobody could say so any more counts, and one that runs again does not', () => {
  const run = [completed(0), completed(1), completed(3)];
  // 2 was complete and did not run again; 3 was not, and did.
  const found = withUnheard(run, 2, [0, 1, 2, 3].map(delivered), 3001);
  const unheard = { ...completed(2), processingStartTime: null, processingDelay: null, completedAt: 3001 };
  expect(found).toEqual({ batches: [run[0], run[1], unheard, run[2]], before: 3 });
  expect(withUnheard(run, 2, [0, 1, 3].map(delivered), 3001)).toEqual({ batches: run, before: 2 });
});
