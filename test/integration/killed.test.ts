import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { Shown } from './jobs/show.ts';
import { freePort, listen } from './kit/ports.ts';
import { killAll, node, type Program, runJob } from './kit/program.ts';
import { until } from './kit/until.ts';

/* A job in a process of its own, with worker threads and a receiver in a worker: whoever takes part is killed. */

const SENDER = fileURLToPath(new URL('./programs/sender.ts', import.meta.url));
const THREADS = ['--backend', 'threads', '--workers', '2'];

afterEach(killAll);

const numbersOf = (job: Program) => job.printed<Shown>().flatMap(({ records }) => records);
const events = (job: Program, event: string) => job.log.filter((line) => line.event === event);

async function sender(port: number, ...more: string[]): Promise<Program> {
  const program = node(SENDER, String(port), ...more);
  await program.until(({ stdout }) => stdout.includes('listening'), 'the sender listens');
  return program;
}

const connected = (program: Program) => program.until(({ stdout }) => stdout.includes('connected'), 'the job connects');

test('a sender killed within a line: the next one is found, and every whole line is there once', async () => {
  const port = await freePort();
  const first = await sender(port);
  const job = runJob('numbers', { connect: port, runOn: 'worker' }, ...THREADS);
  await connected(first);
  first.type('1\n2\n3');
  await first.until(({ stdout }) => stdout.includes('sent 5'), 'the system has it');
  await first.killed();
  await job.until((it) => numbersOf(it).length >= 3, 'what it sent is there');

  const second = await sender(port);
  await connected(second);
  second.type('345\n4\n');
  await job.until((it) => numbersOf(it).length >= 5, 'what the next one sent is there');
  job.kill('SIGTERM');
  expect(await job.ended, job.stderr).toEqual({ code: 0, signal: null });
  // The system ended the connection for the sender, in order: the job cannot know that 3 was to be longer.
  expect(numbersOf(job)).toEqual([1, 2, 3, 345, 4]);
});

test('a sender that is stopped, with its connection open, is noticed and found again', async () => {
  const port = await freePort();
  const counting = await sender(port, '20');
  const job = runJob('numbers', { connect: port, runOn: 'worker', idleTimeoutMs: 500 }, ...THREADS);
  await job.until((it) => numbersOf(it).length >= 5, 'numbers come');
  counting.kill('SIGSTOP');
  const silent = (it: Program) => it.log.some(({ error }) => /nothing came for 500 ms/.test(error ?? ''));
  await job.until(silent, 'the silence is noticed');
  const before = Math.max(...(numbersOf(job) as number[]));
  counting.kill('SIGCONT');
  await job.until((it) => (numbersOf(it) as number[]).some((n) => n > before + 5), 'numbers come again');
  job.kill('SIGTERM');
  expect(await job.ended, job.stderr).toEqual({ code: 0, signal: null });
  const numbers = numbersOf(job) as number[];
  expect(new Set(numbers).size).toBe(numbers.length);
});

test('the thread of a receiver dies: another goes on with the connection', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => {})));
  const port = await listen(server);
  try {
    const job = runJob('numbers', { connect: port, runOn: 'worker', restartDelayMs: 100 }, ...THREADS);
    await job.until((it) => events(it, 'receiver-started').length === 1, 'the receiver starts');
    await until(() => sockets.length === 1);
    sockets[0]?.write('1\n2\n');
    await job.until((it) => numbersOf(it).length === 2, 'two numbers are there');
    sockets[0]?.write('die\n');
    await until(() => sockets.length === 2);
    sockets[1]?.write('5\n6\n');
    await job.until((it) => numbersOf(it).length === 4, 'all numbers are there');
    job.kill('SIGTERM');
    expect(await job.ended, job.stderr).toEqual({ code: 0, signal: null });
    expect(numbersOf(job)).toEqual([1, 2, 5, 6]);
    const told = job.log.filter(({ event }) => event.startsWith('receiver-')).map(({ event }) => event);
    expect(told).toEqual(['receiver-started', 'receiver-stopped', 'receiver-started', 'receiver-stopped']);
    expect(events(job, 'receiver-stopped')[0]?.['error']).toMatch(/thread|receiver of/);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

test('the job is killed: its port is free, its senders know, nothing of it is left', async () => {
  const port = await freePort();
  const job = runJob('numbers', { listen: port, runOn: 'worker' }, ...THREADS);
  await job.until((it) => events(it, 'started').length === 1, 'the job starts');
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.resume().write('1\n2\n');
  await job.until((it) => numbersOf(it).length === 2, 'it works');
  const family = processesNaming(`listen=${port}`);
  await job.killed();
  await closed;
  if (existsSync('/proc/self/cmdline')) expect(family.length).toBeGreaterThan(0);
  // One that is dead and that nobody has buried would still be there.
  expect(family.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  const next = createServer();
  expect(await listen(next, port)).toBe(port);
  next.close();
});

/** Processes with a text in their command line. */
function processesNaming(text: string): string[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}
