import { single } from '@millrace/backend-single';
import { expect, it } from 'vitest';
import { generated } from '../input.ts';
import { sweep } from '../workload.ts';
import { openLoop } from './open-loop.ts';

const line = (n: number) => `word${n}`;
const [workload] = sweep<unknown, unknown, unknown>({
  id: 'totals',
  title: 'Totals',
  job: new URL('../../test/fixtures/word-totals.job.ts', import.meta.url),
  input: generated(line),
  batch: 1,
  preload: 100,
});

it('skips the time in which the batches of a preload would come, and runs all of them', async () => {
  const heard: number[] = [];
  const times: number[] = [];
  let words = 0;
  const load = { rate: 10, intervalMs: 200, batches: 1, warmUp: 1 };
  const run = await openLoop(workload!, single(), load, {
    completed(batch, output, { batchTime }) {
      heard.push(batch);
      times.push(batchTime);
      if (typeof output !== 'number') words += output.length;
    },
  });
  expect(heard).toEqual(Array.from({ length: 102 }, (_, i) => i - 101));
  expect(times).toEqual(times.map((_, i) => times[0]! + i * load.intervalMs));
  // 20 s of batches are over, of which next to nothing has passed.
  expect(times.at(-1)).toBeGreaterThan(Date.now() + 10_000);
  // Two of each batch, all different.
  expect(words).toBe(2 * 102);
  expect(run.batches.map(({ records }) => records)).toEqual([2]);
});
