import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { start, stop } from './control.ts';
import { isAlive } from './process-id.ts';
import { remember, runningService } from './running.ts';
import type { Service } from './service.ts';

let scratch = '';

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'millrace-services-test-'));
});

afterEach(async () => {
  await stop(service(''), scratch);
  rmSync(scratch, { recursive: true, force: true });
});

/** A service that is a Node program. */
const service = (source: string, more: Partial<Service> = {}): Service => ({
  name: 'echo',
  purpose: 'a test',
  program: () => process.execPath,
  install() {
    throw new Error('it is installed');
  },
  server: {
    command: () => ({ args: ['--eval', source], env: { GREETING: 'hello' } }),
    ready: async (folder) => ({ port: Number(readFileSync(join(folder, 'port'), 'utf8')) }),
  },
  ...more,
});

const LISTENS = `
  const server = require('node:net').createServer((socket) => socket.end(process.env.GREETING));
  server.listen(0, '127.0.0.1', () => require('node:fs').writeFileSync('port', String(server.address().port)));
`;

test('is started once, is found by others, and is gone after stop', async () => {
  const echo = service(LISTENS);
  const running = await start(echo, scratch);
  expect(running?.facts['port']).toBeGreaterThan(0);
  expect(runningService('echo', scratch)).toEqual(running);
  expect(await start(echo, scratch)).toEqual(running);
  expect(await stop(echo, scratch)).toBe(true);
  expect(isAlive(running!)).toBe(false);
  expect(runningService('echo', scratch)).toBeNull();
  expect(await stop(echo, scratch)).toBe(false);
});

test('one that does not listen to its signal is killed', async () => {
  const deaf = service(`process.on('SIGTERM', () => {}); ${LISTENS}`);
  const running = await start(deaf, scratch);
  await stop(deaf, scratch, 100);
  expect(isAlive(running!)).toBe(false);
});

test('a process that only has the number of an earlier one is left alone', async () => {
  remember('echo', { pid: process.pid, born: 'long ago', facts: {} }, scratch);
  expect(runningService('echo', scratch)).toBeNull();
  expect(await stop(service(LISTENS), scratch)).toBe(false);
});

test('one that ends at once fails with what it said', async () => {
  const broken = service(`console.error('no data folder'); process.exit(3)`);
  await expect(start(broken, scratch)).rejects.toThrow('echo ended at once: no data folder');
  expect(runningService('echo', scratch)).toBeNull();
});

test('what cannot be installed says why; what needs no process needs none', async () => {
  const missing = service('', {
    program: () => null,
    install() {
      throw new Error('install it yourself');
    },
  });
  await expect(start(missing, scratch)).rejects.toThrow('install it yourself');
  const { server: _, ...tool } = service('');
  expect(await start(tool, scratch)).toBeNull();
});
