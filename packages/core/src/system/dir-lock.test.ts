import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DirLock } from './dir-lock.ts';

function newFile(): string {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-lock-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, 'owner.lock');
}

test('one has it, and when that one lets go another', () => {
  const path = newFile();
  const lock = DirLock.take(path);
  expect(lock).not.toBeNull();
  expect(DirLock.take(path)).toBeNull();
  lock?.release();
  const next = DirLock.take(path);
  expect(next).not.toBeNull();
  next?.release();
});

test('whatever bytes are in its file, it can be taken, by one', () => {
  const header = Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(3000, 7)]);
  for (const bytes of ['x', 'no database '.repeat(500), Buffer.alloc(4096), header, header.subarray(0, 300)]) {
    const path = newFile();
    writeFileSync(path, bytes);
    const lock = DirLock.take(path);
    expect(lock).not.toBeNull();
    expect(DirLock.take(path)).toBeNull();
    lock?.release();
  }
});
