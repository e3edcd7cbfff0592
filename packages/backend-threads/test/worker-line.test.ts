import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Answer, Message } from '../src/protocol.ts';
import { WorkerLine } from '../src/worker-line.ts';

const WORKER = new URL('./jobs/line-worker.ts', import.meta.url).href;

let pool: Piscina;
let line: WorkerLine;

beforeEach(() => {
  pool = new Piscina({
    filename: WORKER,
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 1,
    atomics: 'disabled',
  });
  line = new WorkerLine(pool);
});
afterEach(() => pool.destroy());

const ask = (type: string, of: number, options = {}) => line.ask({ type, of } as unknown as Message, options);
const numbers = (answers: readonly Answer[]) => answers.map((answer) => (answer as unknown as { of: number }).of);

test('messages are answered one at a time, in their order', async () => {
  const many = Array.from({ length: 50 }, (_, i) => i);
  expect(numbers(await Promise.all(many.map((i) => ask('number', i))))).toEqual(many);
  expect(line.isBusy).toBe(false);
});

test('all that waits for a worker that dies hears why; what is asked then goes to the next one', async () => {
  const asked = [ask('number', 1), ask('exit', 7), ask('number', 2)];
  const [first, ...others] = await Promise.allSettled(asked);
  expect(first.status).toBe('fulfilled');
  for (const other of others) expect(other).toMatchObject({ reason: { message: 'worker exited with code: 7' } });
  expect(numbers([await ask('number', 3)])).toEqual([3]);
  pool.on('error', () => {});
  await expect(ask('throw', 0)).rejects.toThrow('thrown in the worker');
  expect(numbers([await ask('number', 4)])).toEqual([4]);
});

test('a signal ends the worker at once, also one that came before', async () => {
  const stop = new AbortController();
  const asked = [ask('number', 1), ask('number', 2, { signal: stop.signal })];
  stop.abort();
  for (const each of await Promise.allSettled(asked))
    expect(each).toMatchObject({ reason: { message: 'it was stopped' } });
  await expect(ask('number', 3, { signal: stop.signal })).rejects.toThrow('it was stopped');
  expect(numbers([await ask('number', 4)])).toEqual([4]);
});

test('what cannot be cloned is said to be, on either side, and hurts no other message', async () => {
  const asked = Promise.allSettled([ask('number', 1), ask('function', 2), ask('number', 3)]);
  await expect(line.ask({ type: () => {} } as unknown as Message)).rejects.toMatchObject({ name: 'DataCloneError' });
  const [before, within, after] = await asked;
  expect([before.status, after.status]).toEqual(['fulfilled', 'fulfilled']);
  expect(within).toMatchObject({ status: 'rejected', reason: { name: 'DataCloneError' } });
});

test('an exception for which nobody waits is told by the pool, and the next message finds another worker', async () => {
  const told = once(pool, 'error');
  await ask('later', 3);
  expect(line.isBusy).toBe(false);
  expect(await told).toMatchObject([{ message: 'nobody waited' }]);
  expect(numbers([await ask('number', 5)])).toEqual([5]);
});

test('a worker that has nothing to do does not keep the process', () => {
  const program = `
    import { Piscina } from ${JSON.stringify(import.meta.resolve('piscina'))};
    import { WorkerLine } from ${JSON.stringify(new URL('../src/worker-line.ts', import.meta.url).href)};
    const line = new WorkerLine(new Piscina({ filename: ${JSON.stringify(WORKER)}, maxThreads: 1, atomics: 'disabled' }));
    console.log(await line.ask({ type: 'number', of: 2 }), line.isBusy);
  `;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--conditions=@millrace/source', '--input-type=module', '--eval', program],
    { cwd: fileURLToPath(new URL('.', import.meta.url)), encoding: 'utf8', timeout: 30_000 },
  );
  expect({ stdout, stderr, status }).toEqual({ stdout: expect.stringContaining('of: 2'), stderr: '', status: 0 });
});
