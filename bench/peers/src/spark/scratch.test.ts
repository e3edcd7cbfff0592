import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { Scratch } from './scratch.ts';

const MODULE = new URL('./scratch.ts', import.meta.url).href;

/** A process that has a scratch folder, and then does this. */
async function withScratch(then: string) {
  const code = `const { Scratch } = await import('${MODULE}');
    const gone = new Scratch();
    gone[Symbol.dispose]();
    const { path } = new Scratch();
    (await import('node:fs')).writeFileSync(path + '/file', '');
    const alive = setInterval(() => {}, 1000);
    ${then}
    console.log(path);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'ignore'] });
  const exit = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  return { child, exit, path: await next(), next };
}

it('is gone when it is disposed of, and leaves no listener', () => {
  const before = process.listenerCount('exit');
  const [a, b] = [new Scratch(), new Scratch()];
  for (const scratch of [a, b]) {
    expect(existsSync(scratch.path)).toBe(true);
    expect(process.listenerCount('exit')).toBe(before + 1);
    scratch[Symbol.dispose]();
    expect(existsSync(scratch.path)).toBe(false);
  }
  expect(process.listenerCount('exit')).toBe(before);
});

it.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 129],
] as const)('is gone after %s', async (signal, code) => {
  const { child, exit, path } = await withScratch('');
  expect(existsSync(path)).toBe(true);
  child.kill(signal);
  expect(await exit).toEqual([code, null]);
  expect(existsSync(path)).toBe(false);
});

it('is gone where the process ends by itself, also by an error that nobody catches', async () => {
  for (const [end, code] of [
    ['process.exit(3)', 3],
    ["throw new Error('this error is part of a test')", 1],
  ] as const) {
    const { exit, path } = await withScratch(`setImmediate(() => { ${end} });`);
    expect(await exit).toEqual([code, null]);
    expect(existsSync(path)).toBe(false);
  }
});

it('leaves the end of the process to whoever listens to the signal, too', async () => {
  const { child, exit, path, next } = await withScratch("process.on('SIGINT', () => console.log('heard'));");
  child.kill('SIGINT');
  expect(await next()).toBe('heard');
  expect(existsSync(path)).toBe(true);
  child.kill('SIGTERM');
  expect(await exit).toEqual([143, null]);
  expect(existsSync(path)).toBe(false);
});
