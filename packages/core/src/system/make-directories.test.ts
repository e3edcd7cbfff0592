import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeDirectories } from './make-directories.ts';

test('directories are made from the first that is missing on; one that is there is left alone', () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-made-'));
  try {
    expect(makeDirectories(join(dir, 'a', 'b', 'c'))).toBe(join(dir, 'a'));
    expect(makeDirectories(join(dir, 'a', 'b', 'd'))).toBe(join(dir, 'a', 'b', 'd'));
    expect(makeDirectories(join(dir, 'a'))).toBeUndefined();
    writeFileSync(join(dir, 'file'), '');
    expect(() => makeDirectories(join(dir, 'file'))).toThrow(/EEXIST/);
    expect(() => makeDirectories(join(dir, 'file', 'x'))).toThrow(/ENOTDIR/);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.skipIf(!existsSync('/proc'))('a directory that takes no others says so', () => {
  expect(() => makeDirectories('/proc/millrace/none')).toThrow(/ENOENT/);
});
