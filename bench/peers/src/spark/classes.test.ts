import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sparkClasses } from './classes.ts';

const LONG_AGO = new Date('2020-01-01');
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-spark-test-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
  vi.stubEnv('PATH', folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** A compiler that is done at once, or says why not. */
function makeCompiler(script = ''): void {
  writeFileSync(join(folder, 'javac'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function make(name: string, used: Date): string {
  const path = join(folder, 'millrace', name);
  mkdirSync(path, { recursive: true });
  utimesSync(path, used, used);
  return path;
}

it('classes that nobody has used lately go when new ones are made, and nothing else does', () => {
  makeCompiler();
  const old = make('spark-classes-0123456789abcdef', LONG_AGO);
  const used = make('spark-classes-fedcba9876543210', new Date());
  const jars = make('spark-4.3.0', LONG_AGO);
  const made = sparkClasses(jars);
  expect([made, used, jars].every(existsSync)).toBe(true);
  expect(existsSync(old)).toBe(false);
});

it('classes that are there are used as they are, and have been used then', () => {
  makeCompiler();
  const made = sparkClasses(folder);
  utimesSync(made, LONG_AGO, LONG_AGO);
  makeCompiler('exit 1');
  expect(sparkClasses(folder)).toBe(made);
  expect(Date.now() - statSync(made).mtimeMs).toBeLessThan(60_000);
});

it('says what the compiler said, and leaves nothing', () => {
  makeCompiler('echo "no such class" >&2; exit 1');
  expect(() => sparkClasses(folder)).toThrow('no such class');
  makeCompiler();
  expect(existsSync(sparkClasses(folder))).toBe(true);
});
