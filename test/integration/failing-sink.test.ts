import { createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { closeAll, collecting } from './kit/http-server.ts';
import { listen } from './kit/ports.ts';
import { killAll, type Program, runJob } from './kit/program.ts';
import { until } from './kit/until.ts';

/* A sink that fails takes its batch with it, not the process; what then follows is what was asked for. */

afterEach(async () => {
  await killAll();
  await closeAll();
});

const BACKENDS = [['single'], ['threads', '--workers', '2']];
const processed = (job: Program) =>
  job.log.filter(({ event }) => event === 'batch' || event === 'batch-failed').filter(({ records }) => records > 0);

/** A job that was sent the lines good, bad and good again, each for a batch of its own; the server has something against bad. */
async function scene(backend: readonly string[], ...args: string[]) {
  const taken: string[] = [];
  const url = await collecting(({ body }, response) => {
    const bad = body.includes('bad');
    if (!bad) taken.push(...(JSON.parse(body) as string[]));
    response.writeHead(bad ? 422 : 200).end(bad ? 'no bad lines here' : '');
  });
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => {})));
  const port = await listen(server);
  const job = runJob('to-http', { port, url, stateful: true }, '--backend', ...backend, ...args);
  await until(() => sockets.length === 1);
  const send = (line: string) => sockets[0]?.write(`${line}\n`);
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  send('good 1');
  await job.until((it) => processed(it).length === 1, 'the first batch is done');
  send('bad');
  return { job, taken, send, close };
}

test.each(BACKENDS)('on %s with onBatchFailure continue the job goes on', async (...backend) => {
  const { job, taken, send, close } = await scene(backend, '--on-batch-failure', 'continue');
  try {
    await job.until((it) => processed(it).length === 2, 'the second batch is done');
    send('good 2');
    await job.until((it) => processed(it).length === 3, 'the third batch is done');
    job.kill('SIGTERM');
    expect(await job.ended, job.stderr).toEqual({ code: 1, signal: null });
    expect(processed(job).map(({ event }) => event)).toEqual(['batch', 'batch-failed', 'batch']);
    expect(taken).toEqual(['good 1', 'good 2']);
    expect(processed(job)[1]?.['failures']).toEqual([
      { output: 'on', reason: expect.stringMatching(/422.*no bad lines here/) },
    ]);
    expect(job.log.find(({ event }) => event === 'error')).toMatchObject({ code: 'MR_SINK_FAILED' });
  } finally {
    close();
  }
});

test.each(BACKENDS)('on %s a job with state stops in order, and says why', async (...backend) => {
  const { job, taken, close } = await scene(backend);
  try {
    expect(await job.ended, job.stderr).toEqual({ code: 1, signal: null });
    expect(processed(job).map(({ event }) => event)).toEqual(['batch', 'batch-failed']);
    expect(taken).toEqual(['good 1']);
    expect(job.log.find(({ event }) => event === 'error')).toMatchObject({ code: 'MR_SINK_FAILED' });
    expect(job.log.at(-1)).toMatchObject({ event: 'stopped', failedBatches: 1, exitCode: 1 });
  } finally {
    close();
  }
});
