import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { single } from '@millrace/backend-single';
import { type DStream, StreamingContext, seconds } from '@millrace/core';
import { ManualClock, runBatches, TestSource } from '@millrace/core/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readObjectFile, saveAsJsonFiles, saveAsObjectFiles, saveAsTextFiles } from './index.ts';

let work = '';
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'millrace-files-'));
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

/** All that comes. */
async function all<T>(records: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const record of records) out.push(record);
  return out;
}

/** Runs batches into what `save` attaches; the first failure. */
async function run<T>(
  batches: readonly (readonly T[])[],
  save: (stream: DStream<T>) => void,
  numPartitions = 2,
): Promise<(Error & { code: string; details: Record<string, unknown> }) | null> {
  const clock = new ManualClock();
  const ssc = new StreamingContext(single(), seconds(1), { clock, warn: () => {} });
  save(new TestSource(ssc, batches, { numPartitions }));
  await ssc.start();
  await runBatches(ssc, clock, batches.length);
  await ssc.stop();
  return ssc.awaitTermination().then(
    () => null,
    (e: unknown) => e as never,
  );
}

/** All files below the directory of the test, by path, as text. */
function files(read: (path: string) => string = (path) => readFileSync(path, 'utf8')): Record<string, string> {
  const out: Record<string, string> = {};
  for (const entry of readdirSync(work, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    out[path.slice(work.length + 1).replaceAll('\\', '/')] = read(path);
  }
  return Object.fromEntries(Object.entries(out).sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('a directory for each batch, a file for each partition, and _SUCCESS', async () => {
  const prefix = join(work, 'a/b/out');
  expect(await run([['a', 'b', 'c'], []], (s) => saveAsTextFiles(s, prefix, { suffix: 'txt' }))).toBeNull();
  expect(files()).toEqual({
    'a/b/out-1000.txt/_SUCCESS': '',
    'a/b/out-1000.txt/part-00000': 'a\n',
    'a/b/out-1000.txt/part-00001': 'b\nc\n',
    'a/b/out-2000.txt/_SUCCESS': '',
    'a/b/out-2000.txt/part-00000': '',
    'a/b/out-2000.txt/part-00001': '',
  });
});

test('records are shown as print shows them, in the encoding asked for', async () => {
  const records = ['grüße', ['a', 1], { x: 1n }, 5, null];
  await run<unknown>([records], (s) => saveAsTextFiles(s, join(work, 'out'), { encoding: 'utf16le' }), 1);
  const text = files((path) => readFileSync(path, 'utf16le'))['out-1000/part-00000'];
  expect(text).toBe('grüße\n(a,1)\n{"x":"1"}\n5\nnull\n');
});

test('a character that the encoding does not have fails the batch', async () => {
  const prefix = join(work, 'out');
  const save = (s: DStream<string>) => saveAsTextFiles(s, prefix, { encoding: 'latin1' });
  expect((await run([['ü', 'łódź']], save))?.message).toContain('latin1 does not have');
  expect(await run([['ü']], save, 1)).toBeNull();
  expect(readFileSync(join(work, 'out-1000/part-00000'))).toEqual(Buffer.from([0xfc, 10]));
});

test('a batch without partitions is complete as well', async () => {
  const prefix = join(work, 'out');
  expect(await run<string>([[]], (s) => saveAsTextFiles(s, prefix), 0)).toBeNull();
  expect(files()).toEqual({ 'out-1000/_SUCCESS': '' });
});

test('JSON lines; a record that JSON cannot express fails the batch and leaves nothing', async () => {
  const prefix = join(work, 'out');
  expect(await run([[{ a: 'ü\n' }, [1, null]]], (s) => saveAsJsonFiles(s, prefix), 1)).toBeNull();
  expect(files()['out-1000/part-00000']).toBe('{"a":"ü\\n"}\n[1,null]\n');
  const bad = join(work, 'bad');
  const failure = await run<unknown>([[1, () => 1]], (s) => saveAsJsonFiles(s, bad, { name: 'to-json' }), 2);
  expect(failure).toMatchObject({ code: 'MR_NOT_ENCODABLE', details: { operator: 'to-json' } });
  expect(existsSync(`${bad}-1000`)).toBe(false);
});

test('objects of all kinds come back, also compressed, in the order of the partitions', async () => {
  const records = [new Date(5), new Map([['k', 10n]]), new Uint8Array([1, 2]), undefined, ['a', { b: [1.5] }]];
  for (const compression of [undefined, 'gzip', 'zstd'] as const) {
    const prefix = join(work, `out-${compression}`);
    expect(await run<unknown>([records], (s) => saveAsObjectFiles(s, prefix, { compression }), 3)).toBeNull();
    expect(await all(readObjectFile(`${prefix}-1000`))).toEqual(records);
  }
});

test('large partitions are written and read piece by piece', async () => {
  const numbers = Array.from({ length: 50_000 }, (_, i) => i);
  const prefix = join(work, 'out');
  await run([numbers], (s) => {
    saveAsObjectFiles(s, prefix, { suffix: 'bin', compression: 'gzip' });
    saveAsTextFiles(s, prefix, { suffix: 'gz', compression: 'gzip' });
    saveAsJsonFiles(s, prefix, { suffix: 'zst', compression: 'zstd' });
  });
  expect(await all(readObjectFile<number>(`${prefix}-1000.bin`))).toEqual(numbers);
  const lines = `${numbers.join('\n')}\n`;
  const part = (directory: string, ending: string) =>
    ['part-00000', 'part-00001'].map((name) => readFileSync(join(`${prefix}-1000.${directory}`, name + ending)));
  expect(
    part('gz', '.gz')
      .map((b) => gunzipSync(b).toString())
      .join(''),
  ).toBe(lines);
  expect(
    part('zst', '.zst')
      .map((b) => zstdDecompressSync(b).toString())
      .join(''),
  ).toBe(lines);
});

test('the same batch again leaves the same files, also with fewer partitions than before', async () => {
  const prefix = join(work, 'out');
  const save = (s: DStream<string>) => saveAsTextFiles(s, prefix, { compression: 'gzip' });
  const read = () => files((path) => readFileSync(path, 'base64'));
  await run([['a', 'b', 'c']], save, 3);
  const three = read();
  await run([['a', 'b', 'c']], save, 3);
  expect(read()).toEqual(three);
  writeFileSync(join(work, 'out-1000/notes.txt'), 'of somebody else');
  writeFileSync(join(work, 'out-1000/_temporary-part-00007'), 'of a run that crashed');
  await run([['a', 'b', 'c']], save, 2);
  expect(Object.keys(read())).toEqual([
    'out-1000/_SUCCESS',
    'out-1000/notes.txt',
    'out-1000/part-00000.gz',
    'out-1000/part-00001.gz',
  ]);
});

describe('a batch that cannot be written', () => {
  test.skipIf(!existsSync('/dev/full'))('for want of space says so, and leaves no _SUCCESS', async () => {
    const directory = join(work, 'out-1000');
    mkdirSync(directory);
    writeFileSync(join(directory, '_SUCCESS'), '');
    symlinkSync('/dev/full', join(directory, '_temporary-part-00001'));
    const failure = await run([['a', 'b']], (s) => saveAsTextFiles(s, join(work, 'out'), { name: 'saved' }));
    expect(failure).toMatchObject({
      code: 'MR_SINK_FAILED',
      details: { operator: 'saved', errno: 'ENOSPC', path: join(directory, 'part-00001') },
    });
    expect(failure?.message).toContain('no space is left on the device (ENOSPC)');
    expect(existsSync(directory)).toBe(false);
  });

  test('for want of a directory says so, and the next batch goes on', async () => {
    writeFileSync(join(work, 'out-1000'), 'a file in the way');
    const failure = await run([['a'], ['b']], (s) => saveAsTextFiles(s, join(work, 'out')));
    expect(failure).toMatchObject({ code: 'MR_SINK_FAILED', details: { path: join(work, 'out-1000') } });
    expect(Object.keys(files())).toContain('out-2000/_SUCCESS');
  });

  test.skipIf(process.getuid?.() === 0)('for want of permission says so', async () => {
    const closed = join(work, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    const failure = await run([['a']], (s) => saveAsTextFiles(s, join(closed, 'out')));
    expect(failure?.message).toContain('this process lacks the permission (EACCES)');
    chmodSync(closed, 0o700);
  });
});

describe('readObjectFile', () => {
  const save = () => run([[1, 2, 3]], (s) => saveAsObjectFiles(s, join(work, 'out')), 1);
  const part = () => join(work, 'out-1000/part-00000');
  const reading = (path: string) => all(readObjectFile(path));

  test('refuses a batch that is not complete', async () => {
    await save();
    rmSync(join(work, 'out-1000/_SUCCESS'));
    await expect(reading(join(work, 'out-1000'))).rejects.toMatchObject({ code: 'MR_SOURCE_FAILED' });
    expect(await reading(part())).toEqual([1, 2, 3]);
  });

  test('refuses what is cut, damaged, no object file, or not there', async () => {
    await save();
    const whole = readFileSync(part());
    for (let length = 0; length < whole.length; length++) {
      // Cut behind the first four bytes it is a file without records.
      if (length === 4) continue;
      writeFileSync(part(), whole.subarray(0, length));
      await expect(reading(part()), `${length} bytes`).rejects.toMatchObject({ code: 'MR_SOURCE_FAILED' });
    }
    const damaged = Buffer.from(whole);
    damaged[whole.length - 1]! ^= 1;
    writeFileSync(part(), damaged);
    await expect(reading(part())).rejects.toThrow('a block is cut or damaged');
    await expect(reading(join(work, 'nothing'))).rejects.toMatchObject({ code: 'MR_SOURCE_FAILED' });
    writeFileSync(`${part()}.gz`, whole);
    await expect(reading(`${part()}.gz`)).rejects.toMatchObject({ code: 'MR_SOURCE_FAILED' });
  });
});

test.each([
  [{ sufix: 'x' }, 'sufix'],
  [{ suffix: 'a/b' }, 'suffix'],
  [{ compression: 'brotli' }, 'compression'],
  [{ encoding: 'ascii' }, 'encoding'],
])('the options %o are refused', (options, named) => {
  const ssc = new StreamingContext(single(), seconds(1), { clock: new ManualClock() });
  const stream = new TestSource(ssc, [['a']]);
  expect(() => saveAsTextFiles(stream, 'out', options as never)).toThrow(named);
  expect(() => saveAsTextFiles(stream, 5 as never)).toThrow('prefix');
  expect(() => saveAsTextFiles(stream, '')).toThrow(/prefix.*must not be empty/);
});

test('two outputs of a job do not write to the same place', () => {
  const ssc = new StreamingContext(single(), seconds(1), { clock: new ManualClock() });
  const stream = new TestSource(ssc, [['a']]);
  saveAsTextFiles(stream, join(work, 'out'), { suffix: 'x' });
  saveAsJsonFiles(stream, join(work, 'out'), { suffix: 'y' });
  expect(() => saveAsJsonFiles(stream, join(work, 'more/../out'), { suffix: 'x' })).toThrow('another output');
});
