import { isMillraceError, type MillraceError, milliseconds } from '@millrace/core';
import { afterAll, describe, expect, it } from 'vitest';
import { threads } from '../src/index.ts';
import { INTERVAL_MS, runStuck } from './stuck-run.ts';

const backend = threads({ workers: 2 });
afterAll(() => backend.stop());

/** In the second batch partition 1 gets stuck: in the same message as partition 3, which is not to blame. */
const batches = [
  [1, 2, 3, 4],
  [4, 101, 6, 7],
  [7, 8, 9, 10],
];
const SUMS = [
  [
    [0, 3],
    [1, 5],
    [2, 2],
  ],
  [
    [0, 6],
    [1, 11],
    [2, 101],
  ],
  [
    [0, 9],
    [1, 17],
    [2, 8],
  ],
];
const sorted = (out: [number, number][][]) => out.map((batch) => batch.toSorted((a, b) => a[0] - b[0]));
const taskTimeout = milliseconds(100);

describe.each(['loop', 'wait'] as const)('a task that gets stuck in a %s', (how) => {
  it('runs again when it may, and counts once', async () => {
    const { out, failure, seen, infos } = await runStuck(
      backend,
      { how, batches },
      { taskTimeout, maxTaskFailures: 2 },
    );
    expect(failure).toBeNull();
    expect(sorted(out)).toEqual(SUMS);
    expect(seen).toBe(12);
    expect(infos.map((b) => [b.tasks?.timedOutTasks, b.tasks?.retriedTasks])).toEqual([
      [0, 0],
      [1, 1],
      [0, 0],
    ]);
  });

  it('fails its batch else, with its own partition, and the job goes on', async () => {
    const { out, failure, infos } = await runStuck(
      backend,
      { how, batches, times: 2 },
      { taskTimeout, maxTaskFailures: 2 },
    );
    expect(isMillraceError(failure, 'MR_TASK_TIMEOUT')).toBe(true);
    const { details, message } = failure as MillraceError;
    expect(details).toMatchObject({ batchTime: 2 * INTERVAL_MS, partition: 1, attempt: 2, timeoutMs: 100 });
    expect(message).toContain('numbers');
    expect(sorted(out)).toEqual([SUMS[0], SUMS[2]]);
    expect(infos.map((b) => b.tasks?.timedOutTasks)).toEqual([0, 2, 0]);
  });

  it('loses the state of its worker only if that had to be replaced', async () => {
    const { out, failure } = await runStuck(
      backend,
      { how, batches, stateful: true },
      { taskTimeout, maxTaskFailures: 2 },
    );
    if (how === 'loop') {
      expect(isMillraceError(failure, 'MR_STATE_LOST')).toBe(true);
      expect(out).toHaveLength(1);
    } else {
      expect(failure).toBeNull();
      expect(sorted(out).at(-1)).toEqual([
        [0, 18],
        [1, 33],
        [2, 111],
      ]);
    }
  });
});

it('a batch that may fail twice is run again after its task ran out of time', async () => {
  const { out, failure, seen, infos } = await runStuck(backend, { batches }, { taskTimeout, maxBatchFailures: 2 });
  expect(failure).toBeNull();
  expect(sorted(out)).toEqual(SUMS);
  expect(seen).toBe(12);
  expect(infos.map((b) => b.attempt)).toEqual([1, 2, 1]);
});
