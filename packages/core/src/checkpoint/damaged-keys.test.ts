import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isMillraceError } from '../errors/index.ts';
import { keyBytes } from './key-bytes.ts';
import { lmdbStore } from './lmdb-store.ts';
import type { StoreKey } from './store.ts';

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-keys-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function fill(dir: string, keys: readonly StoreKey[], bytes: number): Promise<void> {
  const store = lmdbStore(dir);
  await store.open();
  await store.write(keys.map((key) => ({ kind: 'put', key, value: new Uint8Array(bytes).fill(key.length) })));
  await store.close();
}

/** Every bit of every copy of the keys in a file. */
function bitsOf(file: Buffer, keys: readonly StoreKey[]): { readonly at: number; readonly bit: number }[] {
  const bits: { at: number; bit: number }[] = [];
  for (const key of keys) {
    const bytes = keyBytes(key);
    for (let at = file.indexOf(bytes); at >= 0; at = file.indexOf(bytes, at + 1))
      for (let i = 0; i < bytes.length * 8; i++) bits.push({ at: at + (i >> 3), bit: i & 7 });
  }
  return bits;
}

/** Whether damage is found by doing something. */
function finds(look: () => void): boolean {
  try {
    look();
    return false;
  } catch (e) {
    if (isMillraceError(e, 'MR_CHECKPOINT_CORRUPT')) return true;
    throw e;
  }
}

test('a bit of a key turns over: whatever one asks for is there, or the damage is found', {
  timeout: 60_000,
}, async () => {
  const dir = newDir();
  const keys: StoreKey[] = [['a'], ['b', 'k40'], ['b', 'k45'], ['b', 'k5'], ['c', 7, 'z']];
  await fill(dir, keys, 3);
  const path = join(dir, 'data.mdb');
  const file = readFileSync(path);
  const found = { opening: 0, looking: 0 };
  for (const { at, bit } of bitsOf(file, keys)) {
    const spoilt = Buffer.from(file);
    spoilt[at] = (spoilt[at] as number) ^ (1 << bit);
    writeFileSync(path, spoilt);
    const store = lmdbStore(dir, { readOnly: true });
    try {
      await store.open();
    } catch (e) {
      expect(e).toMatchObject({ code: 'MR_CHECKPOINT_CORRUPT' });
      found.opening += 1;
      continue;
    }
    for (const key of keys)
      if (finds(() => expect(store.get(key), `byte ${at}, bit ${bit}`).toBeDefined())) found.looking += 1;
    for (const prefix of [[], ['a'], ['b'], ['c']])
      for (const reverse of [false, true]) {
        const wanted = keys.filter((key) => prefix.length === 0 || key[0] === prefix[0]);
        if (reverse) wanted.reverse();
        const look = () => {
          const there = [...store.entries(prefix, { reverse })].map(({ key }) => key);
          expect(there, `byte ${at}, bit ${bit}`).toEqual(wanted);
        };
        if (finds(look)) found.looking += 1;
      }
    await store.close();
  }
  expect(found.opening).toBeGreaterThan(100);
  expect(found.looking).toBeGreaterThan(100);
});
