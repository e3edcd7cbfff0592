import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { readText } from '../../test/read-text.ts';
import { LineScanner } from './line-scanner.ts';
import { type FileBatch, statFiles } from './text-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-line-scanner-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function files(texts: readonly string[]) {
  const paths = texts.map((text, i) => {
    const path = join(folder, `${i}`);
    writeFileSync(path, text);
    return path;
  });
  return statFiles('test', paths);
}

/** Everything that a scanner gives. */
async function drain(scanner: LineScanner, room = 3): Promise<FileBatch[]> {
  const batches: FileBatch[] = [];
  while (await scanner.pull((batch) => batches.push(batch), room));
  return batches;
}

async function texts(batch: FileBatch): Promise<unknown[][]> {
  return Promise.all(batch.partitions.map((ranges) => readText(ranges)));
}

test('batches have exactly so many lines, over file ends, but the last one', async () => {
  const scanner = new LineScanner(await files(['a\nb\nc\nd', '', 'e\r\nf\n']), {
    source: 'test',
    linesPerBatch: 5,
    numPartitions: 2,
  });
  const batches = await drain(scanner);
  expect(await Promise.all(batches.map(texts))).toEqual([
    [
      ['a', 'b'],
      ['c', 'd', 'e'],
    ],
    [['f']],
  ]);
  expect(batches.map((b) => b.counts)).toEqual([[2, 3], [1]]);
});

test('there are no more partitions than lines, and no batch without lines', async () => {
  const few = await drain(
    new LineScanner(await files(['a\nb\n']), { source: 'test', linesPerBatch: 2, numPartitions: 5 }),
  );
  expect(few.map((b) => b.counts)).toEqual([[1, 1]]);
  expect(
    await drain(new LineScanner(await files(['', '']), { source: 'test', linesPerBatch: 2, numPartitions: 5 })),
  ).toEqual([]);
  expect(await drain(new LineScanner([], { source: 'test', linesPerBatch: 2, numPartitions: 5 }))).toEqual([]);
});

test('no more is pulled than there is room for', async () => {
  const scanner = new LineScanner(await files(['a\n'.repeat(10)]), {
    source: 'test',
    linesPerBatch: 1,
    numPartitions: 1,
  });
  const batches: FileBatch[] = [];
  const pull = () => scanner.pull((batch) => batches.push(batch), 3);
  while (batches.length === 0) await pull();
  expect(batches).toHaveLength(3);
  expect(pull()).toBe(true);
  expect(batches).toHaveLength(6);
  await scanner.close();
});

test('a file that became shorter is an error', async () => {
  const list = await files(['a\nb\nc\n']);
  truncateSync(list[0].path, 3);
  await expect(
    drain(new LineScanner(list, { source: 'test', linesPerBatch: 1, numPartitions: 1 })),
  ).rejects.toMatchObject({
    code: 'MR_SOURCE_FAILED',
  });
});

test.runIf(existsSync('/proc/self/fd'))('no file stays open', async () => {
  const open = async () => {
    const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
    return (await Promise.all(links)).filter((path) => path.startsWith(folder));
  };
  const list = await files(['a\nb\n', 'c\n']);
  await drain(new LineScanner(list, { source: 'test', linesPerBatch: 1, numPartitions: 1 }));
  const stopped = new LineScanner(list, { source: 'test', linesPerBatch: 1, numPartitions: 1 });
  await stopped.pull(() => {}, 1);
  await stopped.close();
  const opening = new LineScanner(list, { source: 'test', linesPerBatch: 1, numPartitions: 1 });
  const pulled = opening.pull(() => {}, 1);
  await opening.close();
  await pulled;
  while ((await open()).length > 0);
  expect(await open()).toEqual([]);
});

test('any files in any chunks give all lines, in batches and partitions of the right sizes', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`line-scanner: seed ${seed}`);
  const text = fc
    .array(fc.constantFrom('\n', '\r\n', 'a', 'ö', '😀'), { maxLength: 30 })
    .map((parts) => parts.join(''));
  const cases = fc.record({
    contents: fc.array(text, { maxLength: 4 }),
    linesPerBatch: fc.integer({ min: 1, max: 12 }),
    numPartitions: fc.integer({ min: 1, max: 4 }),
    chunkBytes: fc.integer({ min: 1, max: 50 }),
    room: fc.integer({ min: 1, max: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ contents, linesPerBatch, numPartitions, chunkBytes, room }) => {
      const scanner = new LineScanner(await files(contents), {
        source: 'test',
        linesPerBatch,
        numPartitions,
        chunkBytes,
      });
      const batches = await drain(scanner, room);
      const found = await Promise.all(batches.map(texts));
      expect(found.flat(2)).toEqual(contents.flatMap(splitLines));
      expect(found.map((b) => b.map((p) => p.length))).toEqual(batches.map((b) => b.counts));
      const sizes = found.map((b) => b.flat().length);
      expect(sizes.slice(0, -1).every((n) => n === linesPerBatch)).toBe(true);
      const n = Math.min(numPartitions, linesPerBatch);
      const share = (p: number) => Math.floor(((p + 1) * linesPerBatch) / n) - Math.floor((p * linesPerBatch) / n);
      for (const b of found.slice(0, -1))
        expect(b.map((p) => p.length)).toEqual(Array.from({ length: n }, (_, p) => share(p)));
    }),
    { seed, numRuns: 200 },
  );
});

function splitLines(text: string): string[] {
  const all = text.split('\n');
  if (all.at(-1) === '') all.pop();
  return all.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}
