import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectCheckpoint } from '@millrace/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { job, killAll, Millrace, millrace } from './millrace.ts';

const COUNTING = job('counting');
const BACKENDS = [['single'], ['threads', '--workers', '2']];
let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-cli-inspect-'));
});
afterEach(() => {
  killAll();
  rmSync(dir, { recursive: true, force: true });
});

/** Content and times of all that is below the directory. */
function fingerprint(): Record<string, string> {
  return Object.fromEntries(
    [dir, ...(readdirSync(dir, { recursive: true }) as string[]).map((name) => join(dir, name))].map((path) => {
      const at = statSync(path, { bigint: true });
      const hash = at.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
      return [path, `${hash} ${at.mtimeNs} ${at.ctimeNs} ${at.size}`];
    }),
  );
}

const batchLines = (n: number) => new RegExp(`(?:records .*\n[^]*?){${n}}`);

describe.each(BACKENDS)('millrace inspect of a job on %s', (...backend) => {
  test('while it runs, stands still, was killed, and is over: nothing is written', async () => {
    const args = ['run', COUNTING, '--backend', ...backend, '--checkpoint', dir];
    const running = new Millrace(args);
    await running.until('stderr', batchLines(10));
    // The job goes on meanwhile, some fifty batches a second.
    let lastCompleted = 0;
    for (let n = 0; n < 60; n++) {
      const { batches, owner } = await inspectCheckpoint(dir);
      expect(owner).toMatchObject({ pid: running.pid, status: 'alive' });
      expect(batches.lastCompleted).toBeGreaterThanOrEqual(lastCompleted);
      lastCompleted = batches.lastCompleted ?? 0;
    }

    await running.pause();
    const before = fingerprint();
    const shown = await millrace('inspect', dir, '--json', '--keys', '2');
    const text = await millrace('inspect', dir);
    expect(fingerprint()).toEqual(before);
    expect([shown.code, text.code], shown.stderr + text.stderr).toEqual([0, 0]);
    const report = JSON.parse(shown.stdout);
    expect(report).toMatchObject({
      dir,
      format: 1,
      job: 'counting',
      batchIntervalMs: 20,
      owner: { pid: running.pid, status: 'alive' },
      inputs: [{ name: 'words', kind: 'input', progress: { segment: 0 } }],
      states: [
        { name: 'totals', kind: 'updateStateByKey', partitions: 2, keys: expect.any(Number) },
        { name: 'recent', kind: 'reduceByKeyAndWindow' },
      ],
      log: { segments: 1, damaged: [] },
    });
    expect(report.states[0].sampleKeys).toHaveLength(2);
    expect(report.accumulators[0].name).toBe('seen');
    expect(report.accumulators[0].value).toBeLessThanOrEqual(report.log.records);
    for (const part of [
      /^job {9}counting$/m,
      /alive$/m,
      /^ {2}totals +updateStateByKey +\d+ +[\d.]+ \w+ +2 /m,
      /some keys of totals: "/,
    ])
      expect(text.stdout).toMatch(part);

    running.kill('SIGKILL');
    await running.ended;
    const dead = fingerprint();
    const killed = JSON.parse((await millrace('inspect', dir, '--json')).stdout);
    expect(fingerprint()).toEqual(dead);
    expect(killed.owner).toMatchObject({ pid: running.pid, status: 'stale' });
    expect(killed.batches.lastCompleted).toBeGreaterThanOrEqual(lastCompleted);

    // What was looked at is what goes on: the next run takes over, and is seen to be closed.
    const next = await millrace(...args, '--max-batches', '5', '--quiet');
    expect(next.code, next.stderr).toBe(0);
    const over = JSON.parse((await millrace('inspect', dir, '--json')).stdout);
    expect(over.owner).toBe(null);
    expect(over.zeroTime).toBe(killed.zeroTime);
    expect(over.batches.lastCompleted).toBeGreaterThan(killed.batches.lastCompleted);
    expect(over.accumulators[0].value).toBeGreaterThanOrEqual(killed.accumulators[0].value);
    const all = over.states[0].keys;
    const copy = join(dir, 'copy');
    for (const part of ['store', 'log']) cpSync(join(dir, part), join(copy, part), { recursive: true });
    expect(JSON.parse((await millrace('inspect', copy, '--json')).stdout).states[0].keys).toBe(all);
  });
});

describe('millrace inspect refuses', () => {
  test('what is no checkpoint, as a wrong command line', async () => {
    mkdirSync(join(dir, 'empty'));
    for (const args of [[join(dir, 'none')], [join(dir, 'empty')], [dir, '--keys', 'x'], [dir, '--unknown'], []]) {
      const ended = await millrace('inspect', ...args);
      expect(ended.code, args.join(' ')).toBe(2);
      expect(ended.stdout).toBe('');
      expect(ended.stderr).not.toMatch(/^ {4}at /m);
    }
    expect((await millrace('inspect', join(dir, 'none'))).stderr).toContain('[MR_NOT_A_CHECKPOINT]');
  });

  test('a damaged store, and a log that is damaged after it has shown the rest', async () => {
    const run = await millrace('run', COUNTING, '--checkpoint', dir, '--max-batches', '5', '--quiet');
    expect(run.code, run.stderr).toBe(0);
    const log = join(dir, 'log', '0000000000.log');
    const bytes = readFileSync(log);
    bytes[90] = (bytes[90] as number) ^ 1;
    writeFileSync(log, bytes);
    const shown = await millrace('inspect', dir);
    expect(shown.code).toBe(1);
    expect(shown.stdout).toMatch(/^ {2}damaged/m);
    expect(shown.stderr).toContain('[MR_LOG_DAMAGED]');
    const elsewhere = await millrace('inspect', dir, '--log-dir', join(dir, 'nowhere'));
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.stderr).toMatch(/MR_LOG_DAMAGED.*nowhere.*missing/);
    writeFileSync(join(dir, 'store', 'data.mdb'), Buffer.alloc(20_000, 'garbage'));
    const refused = await millrace('inspect', dir, '--json');
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('[MR_CHECKPOINT_CORRUPT]');
  });
});
