import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RunLock } from './run-lock.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-lock-'));
  path = join(directory, 'x.lock');
});
afterEach(() => rmSync(directory, { recursive: true }));

it('belongs to one run until that lets go', () => {
  const lock = RunLock.take(path);
  expect(() => RunLock.take(path)).toThrow(`(process ${process.pid}): wait for its end`);
  lock.release();
  expect(readdirSync(directory)).toEqual([]);
  RunLock.take(path).release();
});

it('is taken over from a process that is gone', () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(path, JSON.stringify({ pid, since: 'then', began: null }));
  const lock = RunLock.take(path);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
  lock.release();
  expect(readdirSync(directory)).toEqual([]);
});

it.skipIf(process.platform !== 'linux')('is taken over where another process has the number by now', () => {
  writeFileSync(path, JSON.stringify({ pid: process.pid, since: 'then', began: '1' }));
  RunLock.take(path).release();
});

it('is not removed by one that has lost it', () => {
  const lock = RunLock.take(path);
  writeFileSync(path, 'of somebody else');
  lock.release();
  expect(readFileSync(path, 'utf8')).toBe('of somebody else');
  expect(() => RunLock.take(path)).toThrow('x.lock is no lock of a run');
});

it('says what the system says of its place', () => {
  expect(() => RunLock.take(join(directory, 'none', 'x.lock'))).toThrow('ENOENT');
});
