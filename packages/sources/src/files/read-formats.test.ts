import { readFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { readText } from '../../test/read-text.ts';
import { Spool } from '../../test/spool.ts';
import { csv } from '../csv/index.ts';
import { bytes, type Decoder, jsonLines, type StreamDecoder } from '../decode/index.ts';
import { filePartitions } from './file-partitions.ts';
import { readRanges } from './read-range.ts';
import type { FileRange } from './text-file.ts';

const spool = new Spool();
afterAll(() => spool[Symbol.dispose]());

const whole = (name: string, content: string | Uint8Array): FileRange => {
  const path = spool.put(name, content, 1);
  const size = Buffer.byteLength(content as string);
  return { path, size, from: 0, to: size };
};

async function read<T>(ranges: readonly FileRange[], decoder: Decoder<T>, chunkBytes?: number): Promise<T[]> {
  const records: T[] = [];
  const settings = { source: 'test', decoder, maxLineBytes: 1000, chunkBytes };
  for await (const piece of readRanges(ranges, settings)) records.push(...(piece as readonly T[]));
  return records;
}

const numbered = Array.from({ length: 50_000 }, (_, i) => `line ${i}`);

test.each([
  ['a.gz', gzipSync],
  ['a.zst', zstdCompressSync],
] as const)('%s is unpacked while it is read', async (name, pack) => {
  const text = numbered.join('\n');
  expect(await readText([whole(name, pack(text))])).toEqual(numbered);
  expect(await readText([whole(name, pack(''))])).toEqual([]);
  expect(await readText([whole(name, pack('\uFEFFx\r\n'))])).toEqual(['x']);
});

test.each([
  ['b.gz', gzipSync],
  ['b.zst', zstdCompressSync],
] as const)('%s: what was packed part by part and put together is one text', async (name, pack) => {
  const parts = ['a\nb', 'c\n', '', 'd'];
  const packed = Buffer.concat(parts.map((part) => pack(part)));
  for (const chunkBytes of [1, 2, 7, 20, 1000])
    expect(await readText([whole(name, packed)], { chunkBytes })).toEqual(['a', 'bc', 'd']);
  const many = numbered.map((line, i) => (i % 1000 === 999 ? null : `${line}\n`));
  const pieces: string[] = [''];
  for (const line of many) line === null ? pieces.push('') : (pieces[pieces.length - 1] += line);
  const expected = numbered.filter((_, i) => i % 1000 !== 999);
  for (const chunkBytes of [777, 100_000])
    expect(await readText([whole(name, Buffer.concat(pieces.map((p) => pack(p))))], { chunkBytes })).toEqual(expected);
});

test.each(['c.gz', 'c.zst'])(
  '%s that is cut off or damaged is an error with its path, not a shorter file',
  async (name) => {
    const packed = (name.endsWith('.gz') ? gzipSync : zstdCompressSync)(numbered.join('\n'));
    const cut = whole(name, packed.subarray(0, packed.length - 10));
    await expect(readText([cut])).rejects.toMatchObject({
      code: 'MR_SOURCE_FAILED',
      message: expect.stringContaining(`${cut.path} cannot be read`),
    });
    await expect(readText([whole(name, 'no such thing at all')])).rejects.toMatchObject({ code: 'MR_SOURCE_FAILED' });
  },
);

test('a packed file that grows is read as long as it was', async () => {
  const range = whole('d.gz', gzipSync('a\n'));
  whole('d.gz', Buffer.concat([readFileSync(range.path), gzipSync('b\n')]));
  expect(await readText([range])).toEqual(['a']);
});

test('a long line bounds memory in packed files as well', async () => {
  const range = whole('e.gz', gzipSync('x'.repeat(2 ** 20)));
  await expect(readText([range])).rejects.toThrow('longer than maxLineBytes, 1000');
});

test('each range of a CSV file knows its header; the header is a record of none', async () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({ id: i, name: `ö${i}` }));
  const text = `\uFEFFid,name\r\n${rows.map((r) => `${r.id},${r.name}\r\n`).join('')}`;
  const decoder = csv<{ id: number; name: string }>({ header: true, types: { id: 'number' } });
  const { path, size } = whole('f.csv', text);
  for (const bytesPerRange of [1, 5, 12, 100, 10_000]) {
    const ranges = filePartitions([{ path, size }], { bytesPerRange, numPartitions: 1, unit: 1 }).flat();
    expect(await read(ranges, decoder)).toEqual(rows);
  }
  expect(await read([whole('g.csv.gz', gzipSync(text))], decoder)).toEqual(rows);
  expect(await read([whole('h.csv', 'id,name')], decoder)).toEqual([]);
  const bad = whole('i.csv', 'id,name\n1,a\nx,b\n');
  await expect(read([bad], decoder)).rejects.toThrow(
    `${bad.path} got a record that cannot be read, line 3: the column id`,
  );
  await expect(read([{ ...bad, from: 10 }], decoder)).rejects.toThrow('byte 12: the column id');
});

test('CSV with line breaks in fields', async () => {
  const decoder = csv<{ id: string; text: string }>({ header: true, multiline: true });
  expect(await read([whole('j.csv', 'id,text\n1,"a\nb"\n2,c')], decoder, 3)).toEqual([
    { id: '1', text: 'a\nb' },
    { id: '2', text: 'c' },
  ]);
});

test('records of one length lie across chunks, in packed files as well', async () => {
  const text = 'aaabbbcccddd';
  const decoder = bytes({ recordBytes: 3 });
  const texts = async (range: FileRange) => (await read([range], decoder, 2)).map((r) => Buffer.from(r).toString());
  const range = whole('k', text);
  expect(await texts(range)).toEqual(['aaa', 'bbb', 'ccc', 'ddd']);
  expect(await texts({ ...range, from: 3, to: 9 })).toEqual(['bbb', 'ccc']);
  expect(await texts(whole('k.zst', zstdCompressSync(text)))).toEqual(['aaa', 'bbb', 'ccc', 'ddd']);
  await expect(texts(whole('l.gz', gzipSync('aaabb')))).rejects.toThrow('byte 3: 2 bytes are left at the end');
});

test("a decoder of one's own may go through the whole file", async () => {
  const words: StreamDecoder<string> = {
    framing: 'stream',
    async *decode(chunks, origin) {
      let rest = '';
      for await (const chunk of chunks) {
        const parts = (rest + Buffer.from(chunk).toString()).split('|');
        rest = parts.pop() as string;
        yield parts;
      }
      yield [rest, origin.source];
    },
  };
  const range = whole('m', 'one|two|three');
  expect(await read([range], words, 4)).toEqual(['one', 'two', 'three', range.path]);
});

test('an error of a decoder says which file it was', async () => {
  const broken: Decoder<string> = {
    framing: 'lines',
    decode: () => {
      throw new RangeError('no idea');
    },
  };
  const range = whole('n', 'x');
  await expect(read([range], broken)).rejects.toMatchObject({
    message: expect.stringContaining(`${range.path} cannot be read: no idea`),
    cause: { message: 'no idea' },
  });
});

test('what a decoder needs is there before it decodes', async () => {
  let ready = false;
  const decoder: Decoder<boolean> = {
    framing: 'lines',
    load: async () => {
      await Promise.resolve();
      ready = true;
    },
    decode: () => [ready],
  };
  expect(await read([whole('o', 'x')], decoder)).toEqual([true]);
});

test('bad JSON beyond the first chunk says at which byte', async () => {
  const range = whole('p', `${'1\n'.repeat(10)}x\n`);
  await expect(read([range], jsonLines(), 5)).rejects.toThrow(
    `${range.path} got a record that cannot be read, byte 20: `,
  );
});
