import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { describeMachine, nodeFlags } from './machine.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-machine-'));
  // The directory for temporary files may be in a repository.
  vi.stubEnv('GIT_CEILING_DIRECTORIES', tmpdir());
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false', ...args], {
    cwd: directory,
    stdio: 'ignore',
  });
const described = () => describeMachine(join(directory, 'my.bench.ts'));

it('knows a change by its hash', () => {
  write('my.bench.ts', '1');
  write('other.ts', '1');
  git('init');
  git('add', '.');
  git('commit', '-m', 'one');
  expect(described()).toMatchObject({ dirty: false, commit: expect.stringMatching(/^[\da-f]{40}$/) });
  expect(described().changes).toBeUndefined();
  write('other.ts', '2');
  const { dirty, changes } = described();
  expect([dirty, changes]).toEqual([true, expect.stringMatching(/^[\da-f]{64}$/)]);
  expect(described().changes).toBe(changes);
  write('other.ts', '3');
  expect(described().changes).not.toBe(changes);
});

it('knows the bench file that git does not have', () => {
  write('my.bench.ts', '1');
  const { commit, dirty, changes } = described();
  expect([commit, dirty, changes]).toEqual(['unknown', null, expect.stringMatching(/^[\da-f]{64}$/)]);
  git('init');
  git('commit', '--allow-empty', '-m', 'one');
  expect(described()).toMatchObject({ dirty: false, changes });
  write('my.bench.ts', '2');
  expect(described().changes).not.toBe(changes);
});

it('has the flags of NODE_OPTIONS before those of the command line', () => {
  vi.stubEnv('NODE_OPTIONS', '--max-semi-space-size=64  --require "./a \\"b\\".js"');
  expect(nodeFlags()).toEqual(['--max-semi-space-size=64', '--require', './a "b".js', ...process.execArgv]);
  vi.stubEnv('NODE_OPTIONS', '');
  expect(nodeFlags()).toEqual(process.execArgv);
});
