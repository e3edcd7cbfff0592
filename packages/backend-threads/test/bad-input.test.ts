import { type ExecutionBackend, loadJob, StreamingContext, seconds } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { threads } from '../src/index.ts';
import type transforms from './jobs/transforms.ts';

const job = (name: string) => new URL(`./jobs/${name}.ts`, import.meta.url);
const backend: ExecutionBackend = threads({ workers: 2 });

afterAll(() => backend.stop());

/** The error of a job's first batch, or of its start. */
async function failureOf(what: 'differs' | 'unencodable') {
  const clock = new ManualClock();
  const { ssc, streams } = await loadJob<typeof transforms>(job('transforms'), { backend, clock, params: { what } });
  (streams.out as import('@millrace/core').DStream<unknown>).foreachRDD(async (rdd) => void (await rdd.collect()), {
    name: 'out',
  });
  await ssc.start();
  await clock.advance(1000);
  await ssc.awaitIdle();
  const failure = ssc.awaitTerminationOrTimeout(0);
  const result = await failure.then(
    () => null,
    (e: unknown) => e,
  );
  await ssc.stop({ stopBackend: false });
  return result;
}

describe('bad input on threads', () => {
  it('refuses a job built inline and says how to make it a module', async () => {
    const ssc = new StreamingContext(backend, seconds(1));
    ssc
      .queueStream([[1]])
      .map((n) => n + 1)
      .print();
    const start = ssc.start();
    await expect(start).rejects.toMatchObject({ code: 'MR_INLINE_JOB' });
    await expect(start).rejects.toThrow(/defineJob/);
    await expect(start).rejects.toThrow(/map-1/);
    expect(ssc.getState()).toBe('STOPPED');
  });

  it('refuses operators attached to a loaded job, and outputs without a name', async () => {
    const { ssc, streams } = await loadJob<typeof import('./jobs/differs.ts').default>(job('differs'), { backend });
    expect(() => streams.out.print()).toThrow(expect.objectContaining({ code: 'MR_OPTION' }));
    streams.out.map((n) => n).print(10, { name: 'show' });
    await expect(ssc.start()).rejects.toMatchObject({ code: 'MR_INLINE_JOB' });
  });

  it('refuses a module that exports no job, or does not load', async () => {
    await expect(loadJob(job('no-job'), { backend })).rejects.toMatchObject({ code: 'MR_NOT_A_JOB' });
    await expect(loadJob(job('throws-at-load'), { backend })).rejects.toThrow(/this module does not load/);
    await expect(loadJob(job('is-not-there'), { backend })).rejects.toMatchObject({ code: 'MR_NOT_A_JOB' });
  });

  it('refuses a job that builds another plan in the worker, and shows the difference', async () => {
    const { ssc, streams } = await loadJob<typeof import('./jobs/differs.ts').default>(job('differs'), { backend });
    streams.out.print(10, { name: 'show' });
    const start = ssc.start();
    await expect(start).rejects.toMatchObject({ code: 'MR_PLAN_DIFFERS' });
    await expect(start).rejects.toThrow(/map-1.*filter-1/s);
  });

  it('refuses a transform that builds other lineage in the worker', async () => {
    expect(await failureOf('differs')).toMatchObject({ code: 'MR_TRANSFORM_DIFFERS' });
  });

  it('names the operator and the path of a value that cannot be encoded', async () => {
    const failure = await failureOf('unencodable');
    expect(failure).toMatchObject({ code: 'MR_NOT_ENCODABLE' });
    expect((failure as Error).message).toContain('$.user.onClick');
    expect((failure as Error).message).toContain('map-1');
  });

  it('refuses to be used after stop', async () => {
    const stopped = threads({ workers: 1 });
    await stopped.stop();
    await stopped.stop();
    const { ssc, streams } = await loadJob<typeof transforms>(job('transforms'), {
      backend: stopped,
      params: { what: 'differs' },
    });
    (streams.out as import('@millrace/core').DStream<unknown>).print(10, { name: 'show' });
    await expect(ssc.start()).rejects.toMatchObject({ code: 'MR_BACKEND_STOPPED' });
  });

  it('refuses a number of workers that is none', () => {
    expect(() => threads({ workers: 0 })).toThrow(expect.objectContaining({ code: 'MR_OPTION' }));
    expect(() => threads({ workers: 1.5 })).toThrow(expect.objectContaining({ code: 'MR_OPTION' }));
  });
});
