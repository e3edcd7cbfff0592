import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
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

it('knows the files that the bench names, and those that they name', () => {
  write('my.bench.ts', "import './a.ts'; const job = new URL('./b.job.ts', import.meta.url);");
  write('a.ts', "export const text = './lines.txt';");
  write('b.job.ts', "import { c } from './c.js';");
  write('c.ts', '1');
  write('lines.txt', 'one');
  write('other.ts', '1');
  const seen = new Set([described().changes]);
  for (const name of ['c.ts', 'lines.txt', 'b.job.ts', 'a.ts']) {
    write(name, '// another');
    expect(seen).not.toContain(described().changes);
    seen.add(described().changes);
  }
  const { changes } = described();
  write('other.ts', '2');
  expect(described().changes).toBe(changes);
  const job = join(directory, 'other.ts');
  const withJob = describeMachine(join(directory, 'my.bench.ts'), [job]).changes;
  write('other.ts', '3');
  expect(describeMachine(join(directory, 'my.bench.ts'), [job]).changes).not.toBe(withJob);
});

it('knows a job module that git does not have beside a bench file that it has', () => {
  write('my.bench.ts', "new URL('./b.job.ts', import.meta.url)");
  git('init');
  git('add', '.');
  git('commit', '-m', 'one');
  expect(described().changes).toBeUndefined();
  write('b.job.ts', '1');
  const { dirty, changes } = described();
  expect([dirty, changes]).toEqual([false, expect.stringMatching(/^[\da-f]{64}$/)]);
  write('b.job.ts', '2');
  expect(described().changes).not.toBe(changes);
});

it('knows the bench file by its path, and the engine by its version', () => {
  write('my.bench.ts', '1');
  const { version } = createRequire(import.meta.url)('@millrace/core/package.json');
  expect(described()).toMatchObject({ engine: version, harness: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  expect(join(process.cwd(), described().file!)).toBe(realpathSync(join(directory, 'my.bench.ts')));
  git('init');
  expect(described().file).toBe('my.bench.ts');
});

it('has the flags of NODE_OPTIONS before those of the command line', () => {
  vi.stubEnv('NODE_OPTIONS', '--max-semi-space-size=64  --require "./a \\"b\\".js"');
  expect(nodeFlags()).toEqual(['--max-semi-space-size=64', '--require', './a "b".js', ...process.execArgv]);
  vi.stubEnv('NODE_OPTIONS', '');
  expect(nodeFlags()).toEqual(process.execArgv);
});
