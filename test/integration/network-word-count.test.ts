import { afterEach, describe, expect, test } from 'vitest';
import { netcat } from '../../tools/services/netcat.ts';
import { killAll, millrace, node, Program } from './kit/program.ts';

/* Spark's quick example, against a real netcat that somebody types into. */

const nc = netcat.program();
if (nc === null)
  console.warn('skipped: the network word count needs nc; `npm run services -- start netcat` installs it');

const PROGRAM = 'examples/network-word-count/main.ts';
const JOB = 'examples/network-word-count/job.ts';

afterEach(killAll);

/** `nc -lk`, on a free port unless one is given. */
async function listening(port = 0): Promise<{ readonly typed: Program; readonly port: number }> {
  const typed = new Program(nc as string, ['-lkv', '127.0.0.1', String(port)]);
  const [, heard] = await typed.until(({ stderr }) => /Listening on \S+ (\d+)/.exec(stderr), 'nc listens');
  return { typed, port: Number(heard) };
}

const connected = (typed: Program) =>
  typed.until(({ stderr }) => /Connection received/.test(stderr), 'the job has connected');

/** How often each word was counted, over all batches that were printed. */
function totals({ stdout }: Program): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, word, n] of stdout.matchAll(/^\((.+),(\d+)\)$/gm)) counts[word] = (counts[word] ?? 0) + Number(n);
  return counts;
}

const words = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);

describe.skipIf(nc === null)('network word count', () => {
  test.each<[string, (port: number) => Program]>([
    ['as a program', (port) => node(PROGRAM, '--host', '127.0.0.1', '--port', String(port))],
    ['by millrace run', (port) => millrace('run', JOB, '--batch', '200ms', '--param', `port=${port}`)],
    [
      'by millrace run on worker threads',
      (port) =>
        millrace('run', JOB, '--backend', 'threads', '--workers', '2', '--batch', '200ms', '--param', `port=${port}`),
    ],
  ])('%s counts what is typed, also by a netcat that was killed and came again', async (_, start) => {
    const { typed, port } = await listening();
    const job = start(port);
    await connected(typed);
    for (const piece of ['hello wor', 'ld\nhel', 'lo you\r\n', 'naïve ', 'hello\n']) typed.type(piece);
    await job.until((it) => words(totals(it)) === 6, 'six words are counted');
    expect(totals(job)).toEqual({ hello: 3, world: 1, you: 1, naïve: 1 });

    await typed.killed();
    const again = (await listening(port)).typed;
    await connected(again);
    again.type('hello again\n');
    await job.until((it) => words(totals(it)) === 8, 'eight words are counted');

    again.type('the last line, without its end');
    again.type('\n');
    await job.until((it) => words(totals(it)) === 14, 'all words are counted');
    job.kill('SIGINT');
    expect(await job.ended, job.stderr).toEqual({ code: 0, signal: null });
    expect(totals(job)).toMatchObject({ hello: 4, again: 1, 'line,': 1 });
    expect(job.stdout).toMatch(/^-+\nTime: \d+ ms\n-+\n(?:\(\S+,\d+\)\n)*\n/);
  });
});
