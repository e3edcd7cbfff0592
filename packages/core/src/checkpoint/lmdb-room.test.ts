import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { expect, test } from 'vitest';
import { seededRandom } from '../lineage/builtins.ts';
import { apply, type Database, type ReadyChange } from './lmdb-commit.ts';
import { bytesNeeded } from './lmdb-room.ts';

const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now());

test(`no commit adds more to the file than was asked for, seed ${SEED}`, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-room-'));
  const db = open({
    path: dir,
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    overlappingSync: false,
  }) as unknown as Database;
  const random = seededRandom(SEED);
  const below = (n: number) => Math.floor(random() * n);
  const size = () => statSync(join(dir, 'data.mdb')).size;
  const keyAt = (n: number) => Buffer.from([2 + (n % 7), n >> 8, n & 255, ...Buffer.alloc(n % 90, 7)]);
  let grown = 0;
  for (let round = 0; round < 150; round++) {
    // Nothing but deletions: the file grows all the same, by copies of the pages that they change.
    const isThinning = round % 3 === 2;
    const largest = [10, 300, 5000, 200_000][below(4)] as number;
    const changes = Array.from({ length: 1 + below(60) }, (): ReadyChange => {
      const what = below(20);
      if (what === 0) return { key: Buffer.from([2 + below(7)]), value: null, prefix: true };
      const key = keyAt(below(2000));
      return { key, value: what < 4 || isThinning ? null : Buffer.alloc(1 + below(largest)), prefix: false };
    });
    const before = size();
    const needed = bytesNeeded(db, changes, before);
    await db.childTransaction(() => apply(db, changes));
    expect(size() - before).toBeLessThanOrEqual(needed);
    grown += size() - before;
  }
  expect(grown).toBeGreaterThan(2 ** 20);
  await db.close();
  rmSync(dir, { recursive: true });
});
