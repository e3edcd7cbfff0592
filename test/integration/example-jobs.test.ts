import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { killAll, millrace } from './kit/program.ts';

/* The jobs of the examples, as they are, by the command line. */

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const BACKENDS = [['single'], ['threads', '--workers', '2']];

afterEach(killAll);

test('each job of the examples has a run: here, or where it is tested with a real netcat', () => {
  const paths = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' });
  const jobs = paths.filter((path) => path.endsWith('job.ts') && !path.includes('node_modules'));
  expect(jobs.sort()).toEqual(['network-word-count/job.ts', 'word-count/job.ts']);
});

test('word count prints the same on both backends', async () => {
  const printed: string[][] = [];
  for (const backend of BACKENDS) {
    // The order of keys follows the partitions.
    const args = ['--print', 'counts', '--max-batches', '4', '--default-parallelism', '2'];
    const run = millrace('run', 'examples/word-count/job.ts', '--backend', ...backend, ...args);
    expect(await run.ended, run.stderr).toEqual({ code: 0, signal: null });
    expect(run.stderr).toMatch(/\nmillrace: stopped after \d+ batches, 249 records\n$/);
    printed.push(run.stdout.split('\n').filter((line) => line.startsWith('(')));
  }
  expect(printed[0]).toHaveLength(30);
  expect(printed[1]).toEqual(printed[0]);
});
