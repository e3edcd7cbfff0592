import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Shown, Summary } from './jobs/show.ts';
import { drained, freePort } from './kit/ports.ts';
import { killAll, type Program, runJob } from './kit/program.ts';
import { until } from './kit/until.ts';

/* Ctrl-C and SIGTERM while senders send as fast as they can: what was acknowledged to them is processed, and the process ends well. */

const BACKENDS = [['single'], ['threads', '--workers', '2']];

afterEach(killAll);

const started = (job: Program) => job.until((it) => it.log.some(({ event }) => event === 'started'), 'the job runs');

const ENDS = (['SIGINT', 'SIGTERM'] as const).flatMap((signal) => BACKENDS.map((backend) => ({ signal, backend })));

test.each(ENDS)('lines of a socket, by $signal on $backend', async ({ signal, backend }) => {
  const port = await freePort();
  const runOn = backend[0] === 'threads' ? 'worker' : 'driver';
  const job = runJob('numbers', { listen: port, runOn, summary: true }, '--backend', ...backend);
  await started(job);
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  let told = '';
  socket.setEncoding('utf8').on('data', (text) => {
    told += text;
  });
  let sent = 0;
  void (async () => {
    while (!socket.destroyed) {
      const lines = Array.from({ length: 1000 }, (_, i) => `${sent + i + 1}\n`).join('');
      sent += 1000;
      if (!socket.write(lines)) await drained(socket);
    }
  })();
  await until(() => told.length > 0);
  await job.until((it) => it.printed<Summary>().length >= 3, 'numbers are processed');
  job.kill(signal);
  await closed;
  expect(await job.ended, job.stderr).toEqual({ code: 0, signal: null });

  const batches = job.printed<Summary>();
  const count = batches.reduce((n, batch) => n + batch.count, 0);
  const sum = batches.reduce((n, batch) => n + batch.sum, 0);
  const acknowledged = Number(told.trimEnd().split('\n').at(-1));
  expect(acknowledged).toBeGreaterThan(0);
  expect(count).toBeGreaterThanOrEqual(acknowledged);
  expect(count).toBeLessThanOrEqual(sent);
  // The first ones, each once, and none beyond.
  expect(sum).toBe((count * (count + 1)) / 2);
});

test.each(ENDS)('numbers that are posted, by $signal on $backend', async ({ signal, backend }) => {
  const port = await freePort();
  const job = runJob('posted', { port }, '--backend', ...backend);
  await started(job);
  const accepted = new Set<number>();
  const refused = new Set<number>();
  const statuses = new Set<number>();
  let next = 0;
  let over = false;
  async function poster(): Promise<void> {
    while (!over) {
      const numbers = Array.from({ length: 50 }, () => next++);
      const body = JSON.stringify(numbers);
      const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
      const answer = await fetch(`http://127.0.0.1:${port}/`, request).catch(() => null);
      // Without an answer nobody knows.
      if (answer === null) continue;
      await answer.bytes().catch(() => null);
      statuses.add(answer.status);
      for (const n of numbers) (answer.status === 202 ? accepted : refused).add(n);
    }
  }
  const posters = Array.from({ length: 8 }, poster);
  await job.until((it) => it.printed<Shown>().length >= 3, 'numbers are processed');
  job.kill(signal);
  expect(await job.ended, job.stderr).toEqual({ code: 0, signal: null });
  over = true;
  await Promise.all(posters);

  const processed = job.printed<Shown>().flatMap(({ records }) => records as number[]);
  const unique = new Set(processed);
  expect(unique.size).toBe(processed.length);
  expect([...accepted].filter((n) => !unique.has(n))).toEqual([]);
  expect([...refused].filter((n) => unique.has(n))).toEqual([]);
  expect(accepted.size).toBeGreaterThan(0);
  expect([...statuses].filter((status) => ![202, 429, 503].includes(status))).toEqual([]);
});
