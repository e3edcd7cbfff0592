import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { seededRandom } from '../lineage/builtins.ts';
import { keyBytes, keyOf } from './key-bytes.ts';
import { below } from './lmdb-commit.ts';
import { LmdbMoved, LmdbSnapshot } from './lmdb-snapshot.ts';
import { lmdbStore } from './lmdb-store.ts';

let dir = '';
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** All of a value, without its checksum, which is of the same byte throughout: the version that wrote it. */
function versionOf({ size, read }: { size: number; read: (offset: number, length: number) => Buffer }): number {
  const bytes = read(4, size);
  expect(bytes.length).toBe(size - 4);
  const version = bytes[0] as number;
  if (bytes.some((byte) => byte !== version)) throw new Error(`bytes of versions ${[...new Set(bytes)].join(', ')}`);
  return version;
}

test('a snapshot is of one transaction, or says that it was written over', async () => {
  const seed = String(Math.random());
  console.info(`seed ${seed}`);
  const random = seededRandom(seed);
  dir = mkdtempSync(join(tmpdir(), 'millrace-snapshot-'));
  const store = lmdbStore(dir);
  await store.open();
  const sizes = Array.from({ length: 200 }, () => Math.floor(random() ** 4 * 30_000) + 1);
  const write = (version: number) =>
    store.write(
      sizes.map((size, i) => ({ kind: 'put', key: ['a', i], value: new Uint8Array(size).fill(version) }) as const),
    );
  let version = 1;
  await write(version);
  const { start, end } = below(keyBytes(['a']));
  let moved = 0;
  let whole = 0;
  for (let n = 0; n < 60; n++) {
    const snapshot = new LmdbSnapshot(join(dir, 'data.mdb'));
    const opened = version;
    const writes = Math.floor(random() * 5);
    const at = Math.floor(random() * sizes.length);
    try {
      let count = 0;
      for (const { key, value } of snapshot.entries(start, end)) {
        expect(keyOf(key)).toEqual(['a', count]);
        if (count++ === at)
          for (let w = 0; w < writes; w++) {
            version = (version % 250) + 1;
            await write(version);
          }
        expect(versionOf(value)).toBe(opened);
      }
      expect(count).toBe(sizes.length);
      whole += 1;
    } catch (e) {
      if (!(e instanceof LmdbMoved)) throw e;
      expect(writes).toBeGreaterThan(0);
      moved += 1;
    } finally {
      snapshot.close();
    }
  }
  expect(moved).toBeGreaterThan(0);
  expect(whole).toBeGreaterThan(0);
  await store.close();
});

test('ranges and single keys are found in a tree of several levels', async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-snapshot-'));
  const store = lmdbStore(dir);
  await store.open();
  const value = new Uint8Array(300);
  await store.write(Array.from({ length: 3000 }, (_, i) => ({ kind: 'put', key: ['k', i % 30, i], value }) as const));
  const snapshot = new LmdbSnapshot(join(dir, 'data.mdb'));
  for (let group = 0; group < 30; group++) {
    const { start, end } = below(keyBytes(['k', group]));
    expect([...snapshot.entries(start, end)].map(({ key }) => keyOf(key)[2])).toEqual(
      Array.from({ length: 100 }, (_, i) => group + 30 * i),
    );
  }
  expect(snapshot.get(keyBytes(['k', 7, 37]))?.size).toBe(304);
  expect(snapshot.get(keyBytes(['k', 7, 38]))).toBeUndefined();
  expect(snapshot.size).toBe(3002);
  snapshot.close();
  await store.close();
});
