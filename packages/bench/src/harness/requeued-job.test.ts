import { StreamingContext, seconds } from '@millrace/core';
import { inlineBackend } from '@millrace/core/testing';
import { afterEach, expect, it } from 'vitest';
import { requeuedJob, requeuedUrl } from './requeued-job.ts';

const fixture = (name: string) => new URL(`../../test/fixtures/${name}.job.ts`, import.meta.url);
const contexts: StreamingContext[] = [];
afterEach(async () => {
  for (const ssc of contexts.splice(0)) await ssc.stop();
});

/** Builds a fixture with another stream in the place of its queue. */
async function build(name: string) {
  const made: string[] = [];
  const job = await requeuedJob<string>(requeuedUrl('slowed-job', fixture(name)).href, (place, bench) => {
    const stream = place.queueStream();
    made.push(`${bench} for ${stream.name}`);
    return stream.map((record) => record, { name: bench });
  });
  const ssc = new StreamingContext(inlineBackend(), seconds(1));
  contexts.push(ssc);
  return { streams: job.build(ssc, { job: {}, bench: 'another' }), made, name: job.definition.name, ssc };
}

it('puts another stream in the place of the queue of a job, and leaves the rest as it is', async () => {
  const { streams, made, name, ssc } = await build('word-count');
  expect(name).toBe('word-count');
  expect(made).toEqual(['another for input-1']);
  expect(streams.queue).toEqual([]);
  expect(ssc.plan.nodes.map((node) => node.name).slice(0, 3)).toEqual(['input-1', 'another', 'flatMap-1']);
});

it('says what kind of job it takes', async () => {
  await expect(build('two-queues')).rejects.toThrow('the job two-queues calls queueStream more than once');
});

it('says why it does not find the job', async () => {
  const query = requeuedJob('file:///slowed-job.ts', ({ queueStream }) => queueStream());
  await expect(query).rejects.toThrow('imported without its query');
});
