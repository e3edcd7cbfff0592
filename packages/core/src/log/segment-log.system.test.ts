import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { SegmentLog } from './segment-log.ts';

const LOG = fileURLToPath(new URL('./segment-log.ts', import.meta.url));

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-log-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A log, and the headers of what is in it. */
function opened(dir: string) {
  const log = new SegmentLog(dir, { clock: new ManualClock(), warn: () => {}, segmentBytes: 20_000 });
  const ids: number[] = [];
  const report = log.open(({ header, position }) => {
    const id = Number(Buffer.from(header).toString());
    expect(log.read(position).every((byte) => byte === id % 251)).toBe(true);
    ids.push(id);
  });
  return { log, ids, report };
}

const CHILD = `
const { SegmentLog } = await import(process.argv[1]);
const log = new SegmentLog(process.argv[2], { clock: { elapsed: () => performance.now() }, warn: () => {}, segmentBytes: 20000 });
let id = 0;
log.open(() => id++);
for (;;) {
  const group = Array.from({ length: 1 + (id % 7) }, () => id++);
  await Promise.all(group.map(async (n) => {
    await log.append(n, Buffer.from(String(n)), [Buffer.alloc(50 + (n % 900), n % 251)]);
    process.stdout.write(n + '\\n');
  }));
}`;

test('a process that is killed ten times has on disk what it said was there, once and in order', {
  timeout: 60_000,
}, async () => {
  const dir = newDir();
  for (let round = 0; round < 10; round++) {
    const from = opened(dir).ids.length;
    const child = spawn(
      process.execPath,
      ['--conditions=@millrace/source', '--input-type=module', '-e', CHILD, LOG, dir],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const exited = new Promise((resolve) => child.once('exit', resolve));
    let said = -1;
    let lines = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      said = Number(line);
      if (++lines === 20 + round * 13) child.kill('SIGKILL');
    }
    await exited;
    const { ids, report } = opened(dir);
    expect(said).toBeGreaterThanOrEqual(from);
    expect(ids.length).toBeGreaterThan(said);
    expect(ids).toEqual(ids.map((_, i) => i));
    expect(report.damaged).toEqual([]);
  }
});

/** A file system of a megabyte; null where nobody may mount one. */
function smallDisk(): string | null {
  const dir = newDir();
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir], { stdio: 'ignore' });
  } catch {
    return null;
  }
  onTestFinished(() => {
    execFileSync('/bin/umount', [dir]);
  });
  return dir;
}

test('a disk that is full ends the log with a coded error; when there is space it goes on, and nothing is lost', async (context) => {
  const disk = smallDisk();
  if (disk === null) {
    console.log('skipped: no tmpfs may be mounted here, so that no disk can be full');
    return context.skip();
  }
  const filler = join(disk, 'filler');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(filler, Buffer.alloc(600_000));
  const dir = join(disk, 'log');
  const { log } = opened(dir);
  const put = (target: SegmentLog, id: number) =>
    target.append(id, Buffer.from(String(id)), [Buffer.alloc(3000, id % 251)]);
  let safe = 0;
  const failure = await (async () => {
    for (;;) {
      await put(log, safe);
      safe++;
    }
  })().catch((e) => e);
  expect(failure).toMatchObject({ code: 'MR_LOG_WRITE', message: expect.stringContaining('ENOSPC') });
  await expect(put(log, safe)).rejects.toMatchObject({ code: 'MR_LOG_WRITE' });
  await log.close();
  expect(safe).toBeGreaterThan(20);
  rmSync(filler);
  const again = opened(dir);
  expect(again.ids).toEqual(Array.from({ length: safe }, (_, i) => i));
  await put(again.log, safe);
  await again.log.close();
  expect(opened(dir).ids.at(-1)).toBe(safe);
});
