import { afterEach, describe, expect, test } from 'vitest';
import { job, killAll, logLines, Millrace, millrace } from './millrace.ts';

/* Probes of a real process. */

afterEach(killAll);

const NUMBERS = job('numbers');

/** Where a run answers, as its log says. */
async function urlOf(running: Millrace): Promise<string> {
  await running.until('stderr', /"event":"health"/);
  return (/"url":"([^"]+)"/.exec(running.stderr) as RegExpExecArray)[1];
}

/** Asks until the answer is the wished one. */
async function until(url: string, status: number, word: string): Promise<void> {
  for (;;) {
    const answer = await fetch(url);
    const said = await answer.text();
    if (answer.status === status && said === `${word}\n`) return;
  }
}

describe.each([['single'], ['threads', '--workers', '2']])('on %s', (...backend) => {
  const run = ['run', NUMBERS, '--backend', ...backend, '--log', 'json', '--health-port', '0'];

  test('ready while it runs; afterwards nobody listens', async () => {
    const running = new Millrace([...run, '--conf', 'laggingAfter=60s']);
    const url = await urlOf(running);
    expect(new URL(url).hostname).toBe('127.0.0.1');
    await until(`${url}/readyz`, 200, 'ready');
    await until(`${url}/livez`, 200, 'ready');
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({
      status: 'ready',
      lag: { receivers: [] },
      failure: null,
      failedBatches: 0,
    });
    running.kill('SIGTERM');
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(0);
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  test('a batch that hangs: lagging and alive; stopping: not ready and alive', async () => {
    const running = new Millrace([...run, '--param', 'what=hang', '--conf', 'laggingAfter=50ms']);
    const url = await urlOf(running);
    await until(`${url}/readyz`, 503, 'lagging');
    await until(`${url}/livez`, 200, 'lagging');
    const { lag } = (await (await fetch(`${url}/health`)).json()) as any;
    expect(lag.waitingBatches).toBeGreaterThan(0);
    expect(lag.schedulingDelayMs).toBeGreaterThan(50);
    expect(lag.schedulingDelayIntervals).toBe(lag.schedulingDelayMs / 20);
    running.kill('SIGTERM');
    await until(`${url}/readyz`, 503, 'stopped');
    await until(`${url}/livez`, 200, 'stopped');
    running.kill('SIGTERM');
    expect((await running.ended).code).toBe(143);
  });
});

test('a port that is taken: nothing is started', async () => {
  const first = new Millrace(['run', NUMBERS, '--log', 'json', '--health-port', '0']);
  const { port } = new URL(await urlOf(first));
  const ended = await millrace('run', NUMBERS, '--log', 'json', '--health-port', port);
  expect(ended.code).toBe(1);
  expect(logLines(ended)).toMatchObject([{ event: 'error', code: 'MR_LISTEN' }, { event: 'stopped' }]);
  expect(ended.stdout).toBe('');
});

test.each([
  [['--health-port', '70000'], '0 to 65535'],
  [['--health-port', 'http'], '0 to 65535'],
  [['--health-port', '0', '--health-host', '0.0.0.0'], '--health-insecure'],
  [['--health-port', '0', '--health-host', ''], '--health-host'],
  [['--health-host', '127.0.0.1'], 'needs --health-port'],
  [['--health-insecure'], 'needs --health-port'],
])('%j is refused', async (args, why) => {
  const ended = await millrace('run', NUMBERS, ...args);
  expect([ended.code, ended.stdout]).toEqual([2, '']);
  expect(ended.stderr).toContain(why);
});
