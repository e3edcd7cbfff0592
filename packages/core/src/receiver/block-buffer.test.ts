import { expect, test } from 'vitest';
import { decodeBlocks } from '../data/codec.ts';
import { BlockBuffer, type BufferedBlock } from './block-buffer.ts';

const LARGE = 20_000;

/** A line of so many bytes with its end, in memory of its own. */
function line(letter: string, bytes: number): Uint8Array {
  const text = new Uint8Array(bytes).fill(letter.charCodeAt(0));
  text[bytes - 1] = 10;
  return text;
}

function cut(oneHeap: boolean, texts: readonly Uint8Array[]) {
  const buffer = new BlockBuffer(oneHeap);
  for (const text of texts) buffer.addText(text, 1);
  const { partition, numRecords, numBytes } = buffer.cut();
  const { blocks } = partition as Extract<BufferedBlock['partition'], { kind: 'blocks' }>;
  expect(buffer.isEmpty).toBe(true);
  return { blocks, numRecords, numBytes, lines: decodeBlocks(blocks) };
}

test('text is handed over where it lies when tasks run in this heap, and together in shared memory when not', () => {
  const texts = [line('a', LARGE), line('b', LARGE)];
  const all = { numRecords: 2, numBytes: 2 * LARGE, lines: ['a'.repeat(LARGE - 1), 'b'.repeat(LARGE - 1)] };
  const here = cut(true, texts);
  expect(here).toMatchObject(all);
  expect(here.blocks.map((block) => block.bytes)).toEqual(texts);
  for (const [i, { bytes }] of here.blocks.entries()) expect(bytes.buffer).toBe(texts[i].buffer);
  const there = cut(false, texts);
  expect(there).toMatchObject(all);
  expect(there.blocks).toHaveLength(1);
  expect(there.blocks[0].bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
});

test('small texts, and those that would keep much larger memory, are copied together, in order', () => {
  const pool = new Uint8Array(10 * LARGE);
  const view = pool.subarray(LARGE, 2 * LARGE).fill(99);
  view[LARGE - 1] = 10;
  const texts = [line('a', 5), line('b', 7), line('B', LARGE), view, line('d', 3)];
  const { blocks, lines, numRecords } = cut(true, texts);
  expect(lines).toEqual(['aaaa', 'bbbbbb', 'B'.repeat(LARGE - 1), 'c'.repeat(LARGE - 1), 'dd']);
  expect(blocks.map(({ count, bytes }) => [count, bytes.length])).toEqual([
    [2, 12],
    [1, LARGE],
    [2, LARGE + 3],
  ]);
  expect(numRecords).toBe(5);
  for (const { bytes } of blocks) expect(bytes.buffer).not.toBe(pool.buffer);
});
