import { single } from '@millrace/backend-single';
import { Engine, generated, openLoop, type PlainWorkload } from '@millrace/bench';
import { expect, it } from 'vitest';

const ENDING = new URL('./fixtures/ending.job.ts', import.meta.url);
const NO_QUEUE = new URL('./fixtures/no-queue.job.ts', import.meta.url);
const workload = (job: URL): PlainWorkload =>
  ({
    id: 'w',
    job,
    params: undefined,
    input: generated((n) => `${n}`),
    delivery: 'collect',
    preload: 0,
  }) as unknown as PlainWorkload;
const load = { rate: 1000, intervalMs: 10, batches: 20, warmUp: 0 };

it('times no batch of a job that has ended by itself', async () => {
  const engine = await Engine.open<string, string, undefined>({ job: ENDING, backend: single() });
  const run = async () => {
    for (let batch = 0; batch < 6; batch++) await engine.batch(['a']);
  };
  await expect(run()).rejects.toThrow('ending.job.ts ended by itself');
  await expect(openLoop(workload(ENDING), single(), load)).rejects.toThrow('ending.job.ts ended by itself');
});

it('takes no records for a job that gives no queue, and no job that gives nothing', async () => {
  const engine = await Engine.open<string, string, undefined>({ job: NO_QUEUE, backend: single() });
  await expect(engine.batch(['a'])).rejects.toThrow('gives no queue');
  await engine.close();
  await expect(openLoop(workload(NO_QUEUE), single(), load)).rejects.toThrow('gives no queue');
  const nothing = Engine.open({ job: NO_QUEUE, backend: single(), params: { nothing: true } });
  await expect(nothing).rejects.toThrow('gives no output');
});

it('keeps a rate that is less than a record in a batch, and has no latency of batches without records', async () => {
  const run = await openLoop(workload(new URL('./fixtures/plain.job.ts', import.meta.url)), single(), {
    ...load,
    rate: 20,
  });
  expect(run.batches.reduce((sum, { records }) => sum + records, 0)).toBe(4);
  expect(run.last.count).toBe(4);
});
