import { single } from '@millrace/backend-single';
import { expect, it } from 'vitest';
import { startNexmark } from '../run.ts';

const ALL = new URL('./all.job.ts', import.meta.url);

it('says which param the job of all queries needs', async () => {
  const started = startNexmark(ALL, {
    backend: single(),
    params: {},
    baseTime: 0,
    outputs: () => ({}),
    sink: () => {},
  });
  await expect(started).rejects.toThrow(/needs the param generate/);
});
