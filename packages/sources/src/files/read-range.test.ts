import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { readText } from '../../test/read-text.ts';
import type { FileRange } from './text-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-read-range-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file with a text, and ranges of it by their offsets. */
function file(text: string | Uint8Array, name = 'text') {
  const path = join(folder, name);
  writeFileSync(path, text);
  const size = Buffer.byteLength(text as string);
  return { path, size, range: (from: number, to: number): FileRange => ({ path, size, from, to }) };
}

test('a range has the lines that start in it, whole', async () => {
  const { range } = file('one\ntwo\nthree\nfour');
  expect(await readText([range(0, 1)])).toEqual(['one']);
  expect(await readText([range(1, 4)])).toEqual([]);
  expect(await readText([range(1, 5)])).toEqual(['two']);
  expect(await readText([range(4, 8)])).toEqual(['two']);
  expect(await readText([range(4, 9)])).toEqual(['two', 'three']);
  expect(await readText([range(9, 14)])).toEqual([]);
  expect(await readText([range(9, 15)])).toEqual(['four']);
  expect(await readText([range(15, 18)])).toEqual([]);
  expect(await readText([range(0, 18)])).toEqual(['one', 'two', 'three', 'four']);
});

test('several ranges give their lines in order; lines of different files stay apart', async () => {
  const a = file('a\nb', 'a');
  const b = file('c\nd\n', 'b');
  expect(await readText([a.range(0, 3), b.range(0, 2)])).toEqual(['a', 'b', 'c']);
});

test('what was appended after the start is not read', async () => {
  const { path } = file('a\nb\nc and more\n');
  expect(await readText([{ path, size: 5, from: 2, to: 5 }])).toEqual(['b', 'c']);
  expect(await readText([{ path, size: 5, from: 2, to: 3 }])).toEqual(['b']);
});

test('a file that became shorter is an error that says so', async () => {
  const { path, range } = file('a\nb\nc\n');
  truncateSync(path, 4);
  await expect(readText([range(2, 6)])).rejects.toMatchObject({
    code: 'MR_SOURCE_FAILED',
    message: expect.stringContaining(`${path} had 6 bytes when it was chosen and ends at 4 now`),
  });
});

test('a line may be longer than its range, up to maxLineBytes', async () => {
  const long = 'x'.repeat(200_000);
  const { range } = file(`a\n${long}\nb\n`);
  expect(await readText([range(1, 3)], { maxLineBytes: 200_000 })).toEqual([long]);
  await expect(readText([range(1, 3)], { maxLineBytes: 199_000 })).rejects.toThrow(
    'has a line from byte 2 on that is longer than maxLineBytes, 199000',
  );
  await expect(readText([range(1, 3)], { maxLineBytes: 10 })).rejects.toThrow('maxLineBytes, 10');
});

test('any text cut into any ranges and blocks gives its lines', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`read-range: seed ${seed}`);
  const part = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('\n', '\r\n', '\n\n', 'ß', '😀', '\r', 'word ') },
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  const cases = fc.record({
    text: fc.array(part, { maxLength: 30 }).map((parts) => parts.join('')),
    cuts: fc.array(fc.nat({ max: 200 }), { maxLength: 8 }),
    chunkBytes: fc.integer({ min: 1, max: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ text, cuts, chunkBytes }) => {
      // Lone surrogates have no UTF-8; what arrives is what was written.
      const { size, range } = file(text);
      const offsets = [...new Set([0, size, ...cuts.filter((cut) => cut < size)])].sort((a, b) => a - b);
      const found: unknown[] = [];
      for (let i = 1; i < offsets.length; i++)
        found.push(...(await readText([range(offsets[i - 1], offsets[i])], { chunkBytes })));
      expect(found).toEqual(splitLines(text.replace(/^\uFEFF/, '')));
    }),
    { seed, numRuns: 300 },
  );
});

/** The stupid implementation. */
function splitLines(text: string): string[] {
  const all = text.toWellFormed().split('\n');
  if (all.at(-1) === '') all.pop();
  return all.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}
