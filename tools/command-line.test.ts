import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

for (const tool of ['crash', 'kill'])
  test.each([
    ['--runs abc', /^--runs abc is no whole number of at least 1; usage: npm run test:\w+ .*\n$/],
    ['--seed 1.5', /^--seed 1.5 is no whole number of at least 0; usage: .*\n$/],
    ['--backend other', /^--backend other: there are single, threads; usage: .*\n$/],
    ['--other 1', /^Unknown option '--other'; usage: .*\n$/],
    ['--runs', /^Option '--runs <value>' argument missing; usage: .*\n$/],
  ])(`test:${tool} says in one line what is wrong with %s`, (args, said) => {
    const main = fileURLToPath(new URL(`${tool}/main.ts`, import.meta.url));
    const given = ['--conditions=@millrace/source', main, ...args.split(' ')];
    const { status, stderr } = spawnSync(process.execPath, given, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([2, expect.stringMatching(said)]);
  });
