import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { afterEach, expect, test, vi } from 'vitest';
import { lmdbStore } from './lmdb-store.ts';
import type { StoreChange } from './store.ts';

/** How many puts LMDB does before one fails. */
let puts = Number.POSITIVE_INFINITY;

vi.mock('lmdb', async (original) => {
  const lmdb = await original<typeof import('lmdb')>();
  return {
    ...lmdb,
    open: (options: never) => {
      const db = lmdb.open(options) as RootDatabase;
      const put = db.put.bind(db);
      db.put = ((...args: Parameters<typeof put>) => {
        if (puts-- <= 0) throw new Error('MDB_PROBLEM: made by the test');
        return put(...args);
      }) as typeof db.put;
      return db;
    },
  };
});

const dir = mkdtempSync(join(tmpdir(), 'millrace-failure-'));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('a transaction that fails in its middle is not made in part, nor are those that come behind it', async () => {
  const put = (n: number): StoreChange => ({ kind: 'put', key: ['n', n], value: new Uint8Array(9000) });
  const store = lmdbStore(dir);
  await store.open();
  await store.write([put(0), put(1)]);
  puts = 3;
  const results = await Promise.allSettled([
    store.write([put(2)]),
    // The first goes alone, and those that waited for it share the next.
    store.write([put(3), { kind: 'delete', key: ['n', 0] }]),
    store.write([put(4), put(5)]),
    store.write([{ kind: 'deletePrefix', prefix: ['n'] }]),
  ]);
  puts = Number.POSITIVE_INFINITY;
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
  await expect(store.write([put(6)])).rejects.toMatchObject({
    code: 'MR_CHECKPOINT_IO',
    message: expect.stringContaining('made by the test'),
  });
  const numbers = () => [...store.entries(['n'])].map(({ key }) => key[1]);
  expect(numbers()).toEqual([0, 1, 2]);
  await store.close();
  await store.open();
  expect(numbers()).toEqual([0, 1, 2]);
  await store.write([put(6)]);
  expect(numbers()).toEqual([0, 1, 2, 6]);
  await store.close();
});
