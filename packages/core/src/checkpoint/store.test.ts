import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it, onTestFinished, test } from 'vitest';
import { registerCases } from '../testing/cases.ts';
import { checkpointStoreConformance } from '../testing/checkpoint-store-conformance.ts';
import { faultyStore } from '../testing/faulty-store.ts';
import { lmdbStore } from './lmdb-store.ts';
import { memoryStore } from './memory-store.ts';

const dirs: string[] = [];
const newDir = () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-store-'));
  dirs.push(dir);
  return dir;
};
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

registerCases(
  'memory',
  checkpointStoreConformance(() => {
    const store = memoryStore();
    return { reopen: () => store };
  }),
  { describe, it },
);
registerCases(
  'lmdb',
  checkpointStoreConformance(() => {
    const dir = newDir();
    return { reopen: () => lmdbStore(dir) };
  }),
  { describe, it },
);
registerCases(
  'a faulty store without faults',
  checkpointStoreConformance(() => {
    const dir = newDir();
    return { reopen: () => faultyStore(lmdbStore(dir), { at: Number.POSITIVE_INFINITY }) };
  }),
  { describe, it },
);

const value = new Uint8Array([1, 2, 3]);

test('garbage is said to be garbage, and left as it was', async () => {
  const dir = newDir();
  writeFileSync(join(dir, 'data.mdb'), 'no database '.repeat(2000));
  await expect(lmdbStore(dir).open()).rejects.toMatchObject({ code: 'MR_CHECKPOINT_CORRUPT' });
  expect(readFileSync(join(dir, 'data.mdb'), 'utf8')).toBe('no database '.repeat(2000));
});

test('a file that was cut off is said to be', async () => {
  const dir = newDir();
  const store = lmdbStore(dir);
  await store.open();
  await store.write(
    Array.from({ length: 50 }, (_, i) => ({ kind: 'put', key: ['a', i], value: new Uint8Array(9000) })),
  );
  await store.close();
  const file = readFileSync(join(dir, 'data.mdb'));
  for (const length of [100, 4096, 5000, 8192, file.length - 4096]) {
    writeFileSync(join(dir, 'data.mdb'), file.subarray(0, length));
    await expect(store.open()).rejects.toMatchObject({ code: 'MR_CHECKPOINT_CORRUPT' });
  }
});

test('a store whose file is gone or empty is said to be, and not begun anew', async () => {
  for (const [spoilt, what] of [
    [(path: string) => rmSync(path), 'missing'],
    [(path: string) => writeFileSync(path, ''), 'empty'],
  ] as const) {
    const dir = newDir();
    const store = lmdbStore(dir);
    await store.open();
    await store.write([{ kind: 'put', key: ['a'], value }]);
    await store.close();
    spoilt(join(dir, 'data.mdb'));
    const refused = lmdbStore(dir).open();
    await expect(refused).rejects.toMatchObject({ code: 'MR_CHECKPOINT_CORRUPT' });
    await expect(refused).rejects.toThrow(what);
  }
});

test('a store of somebody else, or of a newer version, is left as it was', async () => {
  const { open } = await import('lmdb');
  for (const [written, code] of [
    ['{"magic":"another","format":1}', 'MR_CHECKPOINT_CORRUPT'],
    ['{"magic":"millrace","format":2}', 'MR_CHECKPOINT_NEWER'],
  ] as const) {
    const dir = newDir();
    const db = open({ path: dir, encoding: 'binary', keyEncoding: 'binary' });
    await db.put(Buffer.from([0, 1]), Buffer.from(written));
    await db.close();
    await expect(lmdbStore(dir).open()).rejects.toMatchObject({ code });
    const after = open({ path: dir, encoding: 'binary', keyEncoding: 'binary' });
    expect([...after.getKeys()].length).toBe(1);
    await after.close();
  }
});

test('the record of the owner is checked as well', async () => {
  const { open } = await import('lmdb');
  const dir = newDir();
  const store = lmdbStore(dir);
  await store.open();
  await store.close();
  for (const owner of ['garbage', 'null', '{"pid":"1"}']) {
    const db = open({ path: dir, encoding: 'binary', keyEncoding: 'binary' });
    await db.put(Buffer.from([0, 2]), Buffer.from(owner));
    await db.close();
    await expect(store.open()).rejects.toMatchObject({ code: 'MR_CHECKPOINT_CORRUPT' });
  }
});

test('a directory may have a dot in its name', async () => {
  const dir = join(newDir(), 'job.v1');
  const store = lmdbStore(dir);
  await store.open();
  await store.write([{ kind: 'put', key: ['a'], value }]);
  expect(store.stats().bytes).toBe(statSync(join(dir, 'data.mdb')).size);
  await store.close();
});

test('a bit that has turned over is found, and its key is named', async () => {
  const dir = newDir();
  const store = lmdbStore(dir);
  await store.open();
  await store.write([
    { kind: 'put', key: ['state', 'counts', 3], value: Buffer.from('a value that can be found in the file') },
  ]);
  await store.close();
  const path = join(dir, 'data.mdb');
  const file = readFileSync(path);
  // Older copies of the page may lie around.
  for (let at = file.indexOf('can be found'); at >= 0; at = file.indexOf('can be found', at)) file[at] ^= 1;
  writeFileSync(path, file);
  await store.open();
  expect(() => store.get(['state', 'counts', 3])).toThrow(/"state","counts",3/);
  expect(() => [...store.entries(['state'])]).toThrow(expect.objectContaining({ code: 'MR_CHECKPOINT_CORRUPT' }));
  await store.close();
});

/** Every place of a text in a file, with one bit turned over. */
function spoil(dir: string, text: string): void {
  const path = join(dir, 'data.mdb');
  const file = readFileSync(path);
  let found = 0;
  for (let at = file.indexOf(text); at >= 0; at = file.indexOf(text, at)) {
    file[at + text.length - 1] ^= 1;
    found += 1;
  }
  expect(found).toBeGreaterThan(0);
  writeFileSync(path, file);
}

test('a bit that has turned over in a key is found, in order or not', async () => {
  for (const text of ['key 20', 'key 5x']) {
    const dir = newDir();
    const store = lmdbStore(dir);
    await store.open();
    await store.write(
      ['key 10', 'key 20', 'key 4x', 'key 5x', 'key 7'].map((key) => ({ kind: 'put', key: [key], value })),
    );
    await store.close();
    spoil(dir, text.slice(0, 5));
    await expect(
      store.open().then(() => [...store.entries([])]),
      text,
    ).rejects.toMatchObject({ code: 'MR_CHECKPOINT_CORRUPT' });
    await store.close();
  }
});

test('pages that lead astray are found before they are mapped', { timeout: 60_000 }, async () => {
  const dir = newDir();
  const store = lmdbStore(dir);
  await store.open();
  await store.write(
    Array.from({ length: 300 }, (_, i) => ({
      kind: 'put',
      key: ['a', i],
      value: new Uint8Array(i % 50 === 0 ? 9000 : 40),
    })),
  );
  await store.close();
  const file = readFileSync(join(dir, 'data.mdb'));
  // The newer meta page, of two that are four kilobytes each, and the root of its tree: a branch.
  const meta = file.readBigUInt64LE(152) > file.readBigUInt64LE(4096 + 152) ? 0 : 4096;
  const root = Number(file.readBigUInt64LE(meta + 136)) * 4096;
  const firstNode = root + 24 + file.readUInt16LE(root + 24);
  for (const [what, at] of [
    ['the root in the meta page', meta + 136],
    ['the number of entries', meta + 128],
    ['the number of the page', root],
    ['its flags', root + 18],
    ['how many nodes it has', root + 20],
    ['where a node is', root + 25],
    ['the page that a node leads to', firstNode + 2],
  ] as const) {
    const spoilt = Buffer.from(file);
    spoilt[at] ^= 0x40;
    writeFileSync(join(dir, 'data.mdb'), spoilt);
    await expect(store.open(), what).rejects.toMatchObject({ code: 'MR_CHECKPOINT_CORRUPT' });
    expect(readFileSync(join(dir, 'data.mdb')).equals(spoilt), what).toBe(true);
  }
  writeFileSync(join(dir, 'data.mdb'), file);
  await store.open();
  await store.close();
});

test('to look at it does not need to own it, and changes nothing', async () => {
  const dir = newDir();
  const owner = lmdbStore(dir);
  await owner.open();
  await owner.write([{ kind: 'put', key: ['a'], value }]);
  const looker = lmdbStore(dir, { readOnly: true });
  await looker.open();
  expect([...looker.entries([])]).toEqual([{ key: ['a'], value }]);
  await expect(looker.write([{ kind: 'put', key: ['b'], value }])).rejects.toMatchObject({ code: 'MR_CHECKPOINT_IO' });
  await looker.close();
  await owner.write([{ kind: 'put', key: ['c'], value }]);
  await owner.close();
  await expect(lmdbStore(join(dir, 'none'), { readOnly: true }).open()).rejects.toMatchObject({
    code: 'MR_CHECKPOINT_IO',
  });
});

test('a directory that cannot be made says why', async () => {
  const dir = newDir();
  writeFileSync(join(dir, 'file'), '');
  await expect(lmdbStore(join(dir, 'file', 'below')).open()).rejects.toMatchObject({ code: 'MR_CHECKPOINT_IO' });
  if (process.getuid?.() === 0) return;
  mkdirSync(join(dir, 'locked'));
  chmodSync(join(dir, 'locked'), 0o500);
  await expect(lmdbStore(join(dir, 'locked')).open()).rejects.toMatchObject({ code: 'MR_CHECKPOINT_IO' });
});

test('after a write that failed no other is tried', async () => {
  const store = faultyStore(memoryStore(), { at: 1, code: 'ENOSPC' });
  await store.open();
  const put = (key: string) => store.write([{ kind: 'put', key: [key], value }]);
  await put('a');
  await expect(put('b')).rejects.toThrow('ENOSPC');
  await expect(put('c')).rejects.toThrow('ENOSPC');
  expect([...store.entries([])].map(({ key }) => key)).toEqual([['a']]);
});

/** Writes numbered transactions and says each number when it is safe. */
const WRITER = `
  import { lmdbStore } from ${JSON.stringify(new URL('./lmdb-store.ts', import.meta.url).href)};
  const store = lmdbStore(process.argv[1], { warn: (message) => console.log(message) });
  await store.open();
  const last = [...store.entries(['n'], { reverse: true, limit: 1 })][0]?.key[1] ?? 0;
  for (let n = last + 1; ; n++) {
    await store.write([
      { kind: 'put', key: ['n', n], value: Buffer.alloc(3000, n % 256) },
      { kind: 'put', key: ['sum'], value: Buffer.from(String(n)) },
      { kind: 'delete', key: ['n', n - 5] },
    ]);
    console.log('safe ' + n);
  }
`;

const run = (program: string, ...args: string[]) =>
  spawn(process.execPath, ['--conditions=@millrace/source', '--input-type=module', '-e', program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

test('a process that is killed leaves every transaction that it called safe, and no half one', async () => {
  const dir = newDir();
  const seed = Math.floor(Math.random() * 2 ** 31);
  let state = seed;
  let safe = 0;
  for (let round = 0; round < 10; round++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    // After so many lines, and in the middle of what comes behind: the process does not wait to be killed.
    const lines = 2 + (state % 45);
    const child = run(WRITER, dir);
    let heard = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      if (round > 0 && heard === 0) expect(line).toContain('taken over from process');
      if (line.startsWith('safe ')) safe = Number(line.slice(5));
      heard += 1;
      if (heard === lines) child.kill('SIGKILL');
    }
    const store = lmdbStore(dir, { readOnly: true });
    await store.open();
    const last = [...store.entries(['n'], { reverse: true, limit: 1 })][0]?.key[1] as number;
    const found = [...store.entries(['n'])];
    const what = `round ${round} of seed ${seed}, after ${lines} lines`;
    expect(last, what).toBeGreaterThanOrEqual(safe);
    expect(new TextDecoder().decode(store.get(['sum'])), what).toBe(String(last));
    expect(
      found.map(({ key }) => key[1]),
      what,
    ).toEqual([4, 3, 2, 1, 0].map((back) => last - back).filter((n) => n > 0));
    for (const { key, value } of found)
      expect(value.length === 3000 && value.every((b) => b === (key[1] as number) % 256), what).toBe(true);
    await store.close();
  }
}, 60_000);

/** Opens a store, and copies its directory: for POSIX whoever closes a file has no lock on it any more. */
const COPIER = `
  import { cpSync } from 'node:fs';
  import { lmdbStore } from ${JSON.stringify(new URL('./lmdb-store.ts', import.meta.url).href)};
  const store = lmdbStore(process.argv[1]);
  await store.open();
  cpSync(process.argv[1], process.argv[2], { recursive: true });
  console.log('copied');
  setInterval(() => {}, 1000);
`;

test.skipIf(process.platform !== 'linux')(
  'an owner that lost its lock by copying its own directory keeps the store',
  async () => {
    const dir = newDir();
    const copied = newDir();
    const child = run(COPIER, dir, copied);
    onTestFinished(() => void child.kill('SIGKILL'));
    const exited = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const store = lmdbStore(dir, { warn: () => {} });
    await expect(store.open()).rejects.toMatchObject({
      code: 'MR_CHECKPOINT_OWNED',
      message: expect.stringContaining(String(child.pid)),
    });
    // The copy is its as well, until it has stopped; it may be looked at.
    const copy = lmdbStore(copied, { warn: () => {} });
    await expect(copy.open()).rejects.toThrow(/process \d+.*copy of a directory that was made while its job ran/);
    const looking = lmdbStore(copied, { readOnly: true });
    await looking.open();
    await looking.close();
    child.kill('SIGKILL');
    await exited;
    for (const each of [store, copy]) {
      await each.open();
      await each.close();
    }
  },
  20_000,
);

/** Opens a store over and over, and counts in it while it is the owner. */
const RIVAL = `
  import { lmdbStore } from ${JSON.stringify(new URL('./lmdb-store.ts', import.meta.url).href)};
  const store = lmdbStore(process.argv[1], { warn: (message) => console.log('warned ' + message) });
  const codes = {};
  for (let won = 0; won < 15; ) {
    try {
      await store.open();
    } catch (e) {
      codes[e.code] = (codes[e.code] ?? 0) + 1;
      await new Promise(setImmediate);
      continue;
    }
    won += 1;
    for (let i = 0; i < 3; i++) {
      const before = Number(Buffer.from(store.get(['count']) ?? '0').toString());
      await store.write([{ kind: 'put', key: ['count'], value: Buffer.from(String(before + 1)) }]);
    }
    await store.close();
  }
  console.log(JSON.stringify(codes));
`;

test('of processes that want a store at the same time one has it, and the others hear nothing else', async () => {
  const dir = join(newDir(), 'new');
  const outputs = await Promise.all(
    [0, 1, 2].map(async () => {
      const lines: string[] = [];
      for await (const line of createInterface({ input: run(RIVAL, dir).stdout })) lines.push(line);
      return lines;
    }),
  );
  // No warning: nobody has died.
  for (const lines of outputs) {
    expect(lines).toHaveLength(1);
    expect(Object.keys(JSON.parse(lines[0] as string)).filter((code) => code !== 'MR_CHECKPOINT_OWNED')).toEqual([]);
  }
  const store = lmdbStore(dir);
  await store.open();
  expect(new TextDecoder().decode(store.get(['count']))).toBe(String(3 * 15 * 3));
  await store.close();
}, 60_000);
