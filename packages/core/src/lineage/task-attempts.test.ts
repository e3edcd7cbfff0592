import { expect, test } from 'vitest';
import { emptyKept, type Handle } from './rdd-node.ts';
import { TaskAttempts } from './task-attempts.ts';

const handle = (key: string): Handle => ({ slot: 0, epoch: 0, key, count: 1 });

test('what is undone counts again, but for what an earlier batch has counted', () => {
  const kept = emptyKept(2);
  const earlier = new TaskAttempts();
  earlier.keeps(kept, 0, handle('a'));
  earlier.count();
  // Its worker dies, and an action that computes it again fails.
  kept.handles[0] = null;
  const failed = new TaskAttempts();
  failed.keeps(kept, 0, handle('b'));
  failed.takeKept();
  expect([kept.counted, kept.handles]).toEqual([
    [true, false],
    [null, null],
  ]);
  // The next one does not, but its batch is undone.
  const batch = new TaskAttempts();
  const action = new TaskAttempts(batch);
  action.figures.retried += 1;
  action.keeps(kept, 0, handle('c'));
  action.keeps(kept, 1, handle('d'));
  action.count();
  batch.takeOver(action);
  expect([kept.counted, batch.figures.retried]).toEqual([[true, true], 1]);
  expect(batch.takeKept()).toHaveLength(2);
  expect([kept.counted, kept.handles]).toEqual([
    [true, false],
    [null, null],
  ]);
});
