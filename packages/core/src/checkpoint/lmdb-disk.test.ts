import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lmdbStore } from './lmdb-store.ts';
import type { CheckpointStore } from './store.ts';

const base = mkdtempSync(join(tmpdir(), 'millrace-disk-'));
const disk = join(base, 'disk');
const system = (command: 'mount' | 'umount', ...args: string[]) =>
  execFileSync(command, [...args, disk], { stdio: 'pipe' });
const mount = (...args: string[]) => system('mount', ...args);

/** A small disk of its own; asked for once, since only root may have one. */
const mayMount = (() => {
  try {
    mkdirSync(disk);
    mount('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs');
    return true;
  } catch (e) {
    console.warn(`Tests of full disks are left out, since none can be mounted: ${String(e).split('\n')[0]}`);
    return false;
  }
})();
afterAll(() => {
  if (mayMount) system('umount', '-l');
  rmSync(base, { recursive: true, force: true });
});

const put = (store: CheckpointStore, n: number, size: number) =>
  store.write([
    { kind: 'put', key: ['n', n], value: new Uint8Array(size).fill(n) },
    { kind: 'put', key: ['also', n], value: new Uint8Array(10) },
  ]);
const outcome = (write: Promise<void>): Promise<unknown> =>
  write.then(
    () => null,
    (e: unknown) => e,
  );

describe.skipIf(!mayMount)('a disk', () => {
  beforeAll(() => mount('-o', 'remount,rw,size=4m'));

  it('that is full stops the store, and what it acknowledged is there when space was made', async () => {
    const store = lmdbStore(join(disk, 'full'));
    await store.open();
    // Many at once: one that is small enough to fit must not be made after one that was not.
    const results: unknown[] = [];
    for (let n = 0; n < 100 && !results.some((r) => r !== null); n += 4)
      results.push(...(await Promise.all([0, 1, 2, 3].map((i) => outcome(put(store, n + i, i === 1 ? 700_000 : 50))))));
    const failure = results.find((r) => r !== null);
    expect(failure).toMatchObject({
      code: 'MR_CHECKPOINT_IO',
      message: expect.stringMatching(/no space left|disk has \d+ bytes of room/i),
    });
    expect(await outcome(put(store, 1000, 1))).toBe(failure);
    const safe = results.filter((r) => r === null).length;
    expect(safe).toBeGreaterThan(4);
    expect(results.slice(safe).every((r) => r === failure)).toBe(true);
    // What was read before can be read still.
    expect(store.get(['n', 0])).toEqual(new Uint8Array(50));
    await store.close();

    mount('-o', 'remount,size=16m');
    await store.open();
    const numbers = (first: string) => [...store.entries([first])].map(({ key }) => key[1]);
    expect(numbers('n')).toEqual(Array.from({ length: safe }, (_, n) => n));
    expect(numbers('also')).toEqual(numbers('n'));
    await put(store, 1000, 700_000);
    await store.close();
  });

  it('that has no room for a new store refuses it, and does not end the process', async () => {
    const dir = join(disk, 'none');
    mkdirSync(dir);
    const filler = join(disk, 'filler');
    for (let size = 16 * 2 ** 20; size >= 512; size /= 2) {
      try {
        writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
      } catch {
        // What of it could be written has been.
      }
    }
    await expect(lmdbStore(dir).open()).rejects.toMatchObject({ code: 'MR_CHECKPOINT_IO' });
    rmSync(filler);
    const store = lmdbStore(dir);
    await store.open();
    await put(store, 1, 10);
    await store.close();
  });

  it('that cannot be written says so, and what is on it can be looked at', async () => {
    const dir = join(disk, 'kept');
    const store = lmdbStore(dir);
    await store.open();
    await put(store, 1, 5000);
    await store.close();
    mount('-o', 'remount,ro');
    try {
      await expect(store.open()).rejects.toMatchObject({ code: 'MR_CHECKPOINT_IO' });
      await expect(lmdbStore(join(disk, 'new')).open()).rejects.toMatchObject({ code: 'MR_CHECKPOINT_IO' });
      const looker = lmdbStore(dir, { readOnly: true });
      await looker.open();
      expect(looker.get(['n', 1])).toEqual(new Uint8Array(5000).fill(1));
      await looker.close();
    } finally {
      mount('-o', 'remount,rw');
    }
  });
});
