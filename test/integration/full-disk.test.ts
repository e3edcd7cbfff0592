import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import {
  type CheckpointPlace,
  type ExecutionBackend,
  isMillraceError,
  loadJob,
  type WriteAheadLogOptions,
} from '@millrace/core';
import { expect, onTestFinished, test } from 'vitest';
import type job from './jobs/posted-words.ts';

/* A job whose disk is full: it stops and says so, and what it had acknowledged is there when there is space. */

const JOB = new URL('./jobs/posted-words.ts', import.meta.url);

/** A file system of eight megabytes; null where nobody may mount one. */
function smallDisk(): string | null {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-full-'));
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', dir], { stdio: 'ignore' });
  } catch {
    rmSync(dir, { recursive: true });
    return null;
  }
  onTestFinished(() => {
    execFileSync('/bin/umount', ['-l', dir]);
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

async function start(
  backend: ExecutionBackend,
  checkpoint: string | { readonly store: CheckpointPlace; readonly writeAheadLog: WriteAheadLogOptions },
) {
  const { ssc, streams } = await loadJob<typeof job>(JOB, { backend, checkpoint, warn: () => {} });
  let total = 0;
  streams.total.foreachRDD(
    async (rdd) => {
      for (const [, n] of await rdd.collect()) total = n;
    },
    { name: 'show total' },
  );
  streams.lengths.foreachRDD(async (rdd) => void (await rdd.count()), { name: 'count lengths' });
  await ssc.start();
  const ended = ssc.awaitTermination().then(
    () => null,
    (e: unknown) => e,
  );
  const { url } = await streams.posted.listening;
  const post = async (words: string[]): Promise<number> => {
    try {
      const body = JSON.stringify(words);
      const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0;
    }
  };
  return { ssc, ended, post, total: () => total };
}

test.each([
  ['single', () => single()],
  ['threads', () => threads({ workers: 2 })],
] as const)('on %s', async (_, backendOf) => {
  const disk = smallDisk();
  if (disk === null) {
    console.log('skipped: no tmpfs may be mounted here, so that no disk can be full');
    return;
  }
  const dir = join(disk, 'checkpoint');
  const first = await start(backendOf(), dir);
  writeFileSync(join(disk, 'filler'), Buffer.alloc(5 * 2 ** 20));
  let acknowledged = 0;
  let isOver = false;
  void first.ended.then(() => {
    isOver = true;
  });
  for (let n = 0; n < 3000 && !isOver; n++) {
    const words = Array.from({ length: 20 }, (_, i) => `${n}-${i}-${'x'.repeat(200)}`);
    const status = await first.post(words);
    if (status === 202) acknowledged += words.length;
    else if (status !== 429) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const failure = await first.ended;
  expect(isMillraceError(failure)).toBe(true);
  expect((failure as { code: string }).code).toMatch(/^MR_(CHECKPOINT_IO|LOG_WRITE|RECEIVER)/);
  expect(acknowledged).toBeGreaterThan(100);
  await first.ssc.stop().catch(() => {});

  rmSync(join(disk, 'filler'));
  execFileSync('/bin/mount', ['-o', 'remount,size=64m', disk]);
  const second = await start(backendOf(), dir);
  for (let turn = 0; turn < 200 && second.total() < acknowledged; turn++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await second.post(['one more'])).toBe(202);
  await second.ssc.stop({ graceful: true });
  expect(await second.ended).toBeNull();
  // What was stored and not answered may be there as well: twenty at a time.
  const beyond = second.total() - 1 - acknowledged;
  expect(beyond).toBeGreaterThanOrEqual(0);
  expect(beyond % 20).toBe(0);
  expect(beyond).toBeLessThanOrEqual(200);
});

test('that only the log is on: the job ends with it, and is not there with every sender refused', async () => {
  const disk = smallDisk();
  if (disk === null) {
    console.log('skipped: no tmpfs may be mounted here, so that no disk can be full');
    return;
  }
  const store = mkdtempSync(join(tmpdir(), 'millrace-store-'));
  onTestFinished(() => rmSync(store, { recursive: true, force: true }));
  const checkpoint = { store, writeAheadLog: { dir: join(disk, 'log') } };
  const first = await start(single(), checkpoint);
  expect(await first.post(['kept'])).toBe(202);
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize));
  // As long as the last page has room.
  let acknowledged = 1;
  for (let status = 202; status === 202; ) {
    status = await first.post(['x'.repeat(2000)]);
    if (status === 202) acknowledged += 1;
  }
  expect(await first.ended).toMatchObject({ code: 'MR_LOG_WRITE', message: expect.stringContaining('ENOSPC') });
  expect(first.ssc.health()).toMatchObject({ status: 'failed', failure: { code: 'MR_LOG_WRITE', batchTime: null } });
  await first.ssc.stop();

  rmSync(join(disk, 'filler'));
  const second = await start(single(), checkpoint);
  expect(await second.post(['one more'])).toBe(202);
  await second.ssc.stop({ graceful: true });
  expect(await second.ended).toBeNull();
  expect(second.total()).toBe(acknowledged + 1);
});
