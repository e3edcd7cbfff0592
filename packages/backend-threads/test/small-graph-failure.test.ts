import { loadJob } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { expect, it } from 'vitest';
import { threads } from '../src/index.ts';
import type partial from './jobs/partial.ts';

it('an output never sees what is left of a batch whose map task failed, also when all stages run in one slot', async () => {
  const clock = new ManualClock();
  const seen = new SharedArrayBuffer(4);
  const { ssc, streams } = await loadJob<typeof partial>(new URL('./jobs/partial.ts', import.meta.url), {
    backend: threads({ workers: 2 }),
    clock,
    params: { seen },
  });
  await ssc.start();
  // Enough batches for the shape to be known as small, whatever the machine: each of them adds 3.
  const small = 200;
  for (let i = 0; i < small; i++) {
    streams.queue.push([1, 2]);
    await runBatches(ssc, clock, 1);
  }
  expect(new Int32Array(seen)[0]).toBe(3 * small);
  // The first partition is good, the second fails: the good half must not come out.
  streams.queue.push([5, -1]);
  await runBatches(ssc, clock, 1);
  expect(new Int32Array(seen)[0]).toBe(3 * small);
  await expect(ssc.awaitTerminationOrTimeout(0)).rejects.toMatchObject({ code: 'MR_TASK_FAILED' });
  streams.queue.push([1, 2]);
  await runBatches(ssc, clock, 1);
  expect(new Int32Array(seen)[0]).toBe(3 * small + 3);
  await ssc.stop();
});
