import { afterEach, describe, expect, test } from 'vitest';
import { job, killAll, logLines, Millrace, millrace } from './millrace.ts';

afterEach(killAll);

const NUMBERS = job('numbers');
const BACKENDS = [['single'], ['threads', '--workers', '2']];
const doubled = (n: number) => Array.from({ length: n }, (_, i) => `doubled ${2 * (i + 1)}\n`).join('');

describe.each(BACKENDS)('millrace run --backend %s', (...backend) => {
  const run = ['run', NUMBERS, '--backend', ...backend];

  test('runs a job; the log is JSON, line by line, and the job has standard output for itself', async () => {
    const ended = await millrace(
      ...run,
      '--batch',
      '30ms',
      '--param',
      'total=3',
      '--max-batches',
      '3',
      '--log',
      'json',
    );
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toBe(doubled(3));
    const lines = logLines(ended);
    const batches = lines.filter((l) => l.event === 'batch');
    expect([...new Set(lines.map((l) => l.event))]).toEqual(['started', 'batch', 'stopping', 'stopped']);
    expect(lines[0]).toMatchObject({
      job: 'numbers',
      module: expect.stringMatching(/^file:.*numbers\.ts$/),
      backend: backend.length > 1 ? 'threads(2)' : 'single',
      batchIntervalMs: 30,
      defaultParallelism: backend.length > 1 ? 2 : 1,
    });
    expect(batches[0]).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      event: 'batch',
      batchTime: expect.any(Number),
      batchIntervalMs: 30,
      records: 1,
      schedulingDelayMs: expect.any(Number),
      processingDelayMs: expect.any(Number),
      totalDelayMs: expect.any(Number),
      tasks: expect.any(Number),
      slowestTaskMs: expect.any(Number),
      shuffleRecords: 0,
      shuffleBytes: 0,
      inputs: [
        expect.objectContaining({ id: 0, records: 1, rateLimit: 1000, waitingBytes: 0, refused: 2, dropped: 1 }),
      ],
    });
    expect(batches.every((b) => b['batchTime'] % 30 === 0)).toBe(true);
    // A batch that runs when it is to stop is finished, and told of after it.
    const stopping = lines.filter((l) => l.event === 'stopping');
    expect(stopping).toEqual([expect.objectContaining({ reason: 'max-batches', graceful: false })]);
    expect(lines.at(-1)).toMatchObject({ event: 'stopped', batches: batches.length, records: 3, exitCode: 0 });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'the first %s lets everything be processed that was received',
    async (signal) => {
      const running = new Millrace([...run, '--batch', '50ms', '--param', 'total=40']);
      await running.until('stdout', /doubled 2\n/);
      running.kill(signal);
      const { code, stdout, stderr } = await running.ended;
      expect(code, stderr).toBe(0);
      expect(stdout).toBe(doubled(40));
      expect(stderr).toMatch(/^millrace: stopping in order \(.+\): what was received is processed first/m);
      expect(stderr).toMatch(/\nmillrace: stopped after \d+ batches, 40 records\n$/);
    },
  );

  test.each([
    ['SIGINT', 'SIGINT', 130],
    ['SIGINT', 'SIGTERM', 143],
    ['SIGTERM', 'SIGTERM', 143],
    ['SIGTERM', 'SIGINT', 130],
  ] as const)('after %s the second signal, %s, ends it at once with %i', async (first, second, exitCode) => {
    const running = new Millrace([...run, '--param', 'what=hang', '--log', 'json']);
    await running.until('stdout', /doubled 2\n/);
    running.kill(first);
    await running.until('stderr', /"event":"stopping"/);
    running.kill(second);
    const ended = await running.ended;
    expect(ended.code).toBe(exitCode);
    expect(logLines(ended).slice(-2)).toMatchObject([
      { event: 'stopping', reason: first, graceful: true },
      { event: 'stopped', exitCode },
    ]);
  });

  test('a stop in order that takes longer than --graceful-timeout ends, and says what was not processed', async () => {
    const args = ['--param', 'total=1e9', '--graceful-timeout', '200ms', '--log', 'json'];
    const running = new Millrace([...run, ...args]);
    await running.until('stdout', /doubled 2\n/);
    running.kill('SIGTERM');
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(0);
    const lines = logLines(ended);
    expect(lines.find((l) => l.event === 'stopping')).toMatchObject({ reason: 'SIGTERM', graceful: true });
    expect(lines.find((l) => l.event === 'warning')).toMatchObject({
      message: expect.stringMatching(/^The graceful stop was not over after 200 ms .*what numbers still had/),
    });
  });

  test('a failed batch is told with its code, its cause and what to do, and the exit code is 1', async () => {
    const args = [...run, '--param', 'what=fail', '--on-batch-failure', 'stop'];
    const { code, stdout, stderr } = await millrace(...args);
    expect(code).toBe(1);
    expect(stdout).toBe('doubled 2\n');
    expect(stderr).toMatch(
      /^millrace: error \[MR_TASK_FAILED\]: A task of map-1 failed .+ See `cause`.+\n {2}caused by RangeError: two is refused$/m,
    );
    expect(stderr).toMatch(/^millrace: the output show failed: A task of map-1 failed/m);
    expect(stderr).toMatch(/\nmillrace: stopped after 2 batches, 1 failed, 2 records\n$/);
    expect(stderr).not.toMatch(/^\s+at /m);
    const verbose = await millrace(...args, '--verbose');
    expect(verbose.stderr).toMatch(/two is refused\n\s+at .*numbers\.ts/);
  });

  test('a job that goes on after a failed batch is exit code 1 as well', async () => {
    const ended = await millrace(...run, '--param', 'what=fail', '--max-batches', '3', '--log', 'json', '--quiet');
    expect(ended.code).toBe(1);
    expect(ended.stdout).toBe('doubled 2\ndoubled 6\n');
    const lines = logLines(ended);
    expect(lines.map((l) => l.event).sort()).toEqual(['batch-failed', 'error', 'started', 'stopped', 'stopping']);
    expect(lines.find((l) => l.event === 'batch-failed')).toMatchObject({
      records: 1,
      failures: [{ output: 'show', reason: expect.stringContaining('two is refused') }],
    });
    expect(lines.find((l) => l.event === 'error')).toMatchObject({
      name: 'MillraceError',
      code: 'MR_TASK_FAILED',
      causes: [{ name: 'RangeError', message: 'two is refused' }],
    });
    expect(lines.at(-1)).toMatchObject({ failedBatches: 1, exitCode: 1 });
  });
});

describe('millrace run', () => {
  const run = ['run', NUMBERS];

  test('writes a line for each batch where there is no terminal', async () => {
    const { stderr } = await millrace(...run, '--max-batches', '1', '--name', 'mine', '--batch', '2s');
    expect(stderr).toMatch(/^millrace: mine runs on single, a batch every 2000 ms; Ctrl-C stops it in order\n/);
    expect(stderr).toMatch(
      /^\d{4}-\S+Z {2}1 records \(1\/s\) {2}took \d+ ms {2}waited \d+ ms {2}limit 1,000\/s {2}lag \d+ {2}refused 2 {2}dropped 1$/m,
    );
  });

  test('says why it moves an interval that follows the load', async () => {
    const conf = ['--conf', 'adaptiveBatchInterval={"min":"10ms","max":"80ms"}'];
    const running = new Millrace([...run, '--batch', '80ms', '--log', 'json', ...conf]);
    await running.until('stderr', /"event":"interval-changed"/);
    running.kill('SIGINT');
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(0);
    expect(logLines(ended).find((l) => l.event === 'interval-changed')).toMatchObject({
      fromMs: 80,
      toMs: expect.any(Number),
      reason: expect.stringMatching(/./),
    });
  });

  test('prints streams that the builder returns, or that the plan names', async () => {
    const args = ['--max-batches', '1', '--print', 'doubled', '--print', 'numbers', '--print', 'doubled'];
    const { stdout } = await millrace(...run, ...args);
    const block = (n: number) => `-+\\nTime: \\d+ ms\\n-+\\n${n}\\n\\n`;
    expect(stdout).toMatch(new RegExp(`^doubled 2\\n${block(2)}${block(1)}(?:doubled|$)`));
  });

  test.each([
    ['text="12"', '"12"'],
    ['text=12', '12'],
    ['text=00123', '"00123"'],
    ['text={"a":[1]}', '{"a":[1]}'],
  ])('--param %s is %s', async (param, seen) => {
    const { stdout } = await millrace(...run, '--param', param, '--max-batches', '1');
    expect(stdout.split('\n')[0]).toBe(`text ${seen}`);
  });

  test('a job that stops itself has ended well', async () => {
    const { code, stdout, stderr } = await millrace(...run, '--param', 'what=stop');
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('doubled 2\n');
  });

  test('a job that ends the process has ended it, and the log says so', async () => {
    const ended = await millrace(...run, '--param', 'what=exit', '--log', 'json');
    expect(ended.code, ended.stderr).toBe(7);
    const stopped = logLines(ended).filter((l) => l.event === 'stopped');
    expect(stopped).toEqual([expect.objectContaining({ batches: 0, exitCode: 7 })]);
    expect(logLines(ended).at(-1)).toEqual(stopped[0]);
  });

  test('a job whose reader has gone stops', async () => {
    const running = new Millrace([...run, '--param', 'total=10', '--log', 'json']);
    await running.until('stdout', /doubled 2\n/);
    running.closeStdout();
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(0);
    expect(logLines(ended).find((l) => l.event === 'stopping')).toMatchObject({ reason: 'output-closed' });
  });

  test('what nobody catches ends the job, in the format of the log', async () => {
    const ended = await millrace(...run, '--param', 'what="throw outside"', '--log', 'json', '--verbose');
    expect(ended.code).toBe(1);
    const error = logLines(ended).find((l) => l.event === 'error');
    expect(error).toMatchObject({ name: 'TypeError', message: 'nobody catches this' });
    expect(error?.['stack']).toContain('numbers.ts');
    expect(logLines(ended).at(-1)).toMatchObject({ event: 'stopped', exitCode: 1 });
  });

  test('warnings of the process are in the log, once', async () => {
    const ended = await millrace(...run, '--param', 'what=warn', '--max-batches', '1', '--log', 'json');
    const warnings = logLines(ended).filter(
      (l) => l.event === 'warning' && l['message'] === 'TestWarning: look at this',
    );
    expect(warnings.length).toBeGreaterThan(0);
    expect(ended.stderr).not.toContain('(node:');
  });

  test.each([
    ['what="no output"', /error \[MR_NO_OUTPUT\]: .*Call print/],
    ['what="no output"', /warning: --print NAME prints a stream of the job: numbers, map-1, windowed/],
    ['what="throw while building"', /error: RangeError: this builder throws/],
    ['windowMs=30', /error \[MR_WINDOW_MULTIPLE\]: The window of window is 30 ms; it must be a multiple of 20 ms/],
  ])('a job that cannot start is exit code 1: %s', async (param, message) => {
    const { code, stdout, stderr } = await millrace(...run, '--param', param);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  test('--batch goes before the interval of the job, for its windows as well', async () => {
    const { code, stdout, stderr } = await millrace(
      ...run,
      '--param',
      'windowMs=30',
      '--batch',
      '15ms',
      '--max-batches',
      '2',
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^doubled 2\ndoubled 2 4\n/);
  });

  test.each([
    ['no-job', /error \[MR_NOT_A_JOB\]: .*no-job\.ts does not export a job as default/],
    ['throws-at-load', /error \[MR_NOT_A_JOB\]: .*a module that fails to load: this module does not load\./],
  ])('what is no job is exit code 1: %s', async (name, message) => {
    const { code, stderr } = await millrace('run', job(name));
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  });

  test.each([
    [['--backend', 'cluster'], /Allowed choices are single, threads/],
    [['--workers', '2'], /--workers is for --backend threads/],
    [['--backend', 'threads', '--workers', '0'], /'0' is invalid\. It is a whole number of at least 1/],
    [['--batch', '500'], /'500' is invalid\. It is a number with a unit/],
    [['--param', 'port'], /It is a name, = and a value/],
    [['--param', 'a=1', '--param', 'a=2'], /a is given twice/],
    [['--param', 'a=1', '--text-param', 'a=2'], /a is given by --param and by --text-param/],
    [['--params-file', 'not-there.json'], /It cannot be read as JSON/],
    [['--conf', 'maxPending=4'], /\[MR_OPTION\] maxPending is 4; it must be left out/],
    [['--task-timeout', '30'], /It is a number with a unit/],
    [['--conf', 'taskTimeout=30s'], /--conf taskTimeout: use --task-timeout/],
    [['--conf', 'speculation={"quantile":2}'], /\[MR_OPTION\] speculation: quantile is 2; it must be from 0 to 1/],
    [['--conf', 'maxPendingBatches=0'], /\[MR_OPTION\] maxPendingBatches is 0/],
    [['--conf', 'adaptiveBatchInterval={"min":"1.5ms"}'], /It is a number with a unit/],
    [['--conf', 'batchInterval=4'], /--conf batchInterval: use --batch/],
    [['--print', 'sums'], /the job has no stream "sums"; it has numbers, map-1, doubled/],
    [['--max-batch', '3'], /unknown option '--max-batch'\n\(Did you mean --max-batches\?\)/],
    [['more'], /too many arguments/],
  ])('a wrong command line is exit code 2: %s', async (args, message) => {
    const { code, stdout, stderr } = await millrace(...run, ...args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('a file that is not there is exit code 2', async () => {
    expect(await millrace('run', 'not-there.ts')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('error: there is no file not-there.ts'),
    });
  });
});

describe('millrace', () => {
  test.each([[['--help']], [['run', '--help']], [['new', '--help']], [['help', 'run']]])('%s', async (args) => {
    const { code, stdout, stderr } = await millrace(...args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Usage: millrace/);
  });

  test('--version is that of the package', async () => {
    expect(await millrace('--version')).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  });

  test.each([
    [[], /^Usage: millrace/],
    [['rnu'], /\(Did you mean run\?\)/],
  ] as const)('%s is exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await millrace(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });
});
