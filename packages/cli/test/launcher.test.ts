import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { job } from './millrace.ts';

const run = promisify(execFile);
const BIN = fileURLToPath(new URL('../bin/millrace.mjs', import.meta.url));

test('an old Node is told what is missing, in one sentence', async () => {
  const old = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.1.0"})';
  await expect(run(process.execPath, ['--import', old, BIN, 'run'])).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'millrace needs Node 24 or newer and this is Node 20.1.0: start it with a newer Node.\n',
  });
});

test('without the condition for sources it runs all the same, and a signal counts once', async () => {
  const env = { ...process.env };
  delete env['NODE_OPTIONS'];
  const args = [BIN, 'run', job('numbers'), '--param', 'total=30'];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout === '') child.kill('SIGINT');
    stdout += text;
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^doubled 2\n[\s\S]*\ndoubled 60\n$/);
  expect(stderr).toMatch(/stopped after \d+ batches, 30 records\n$/);
  expect(stderr).not.toContain('Warning');
});
