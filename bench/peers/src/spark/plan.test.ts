import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesBlock } from '@millrace/core';
import { expect, it } from 'vitest';
import { cyclic, linesOf, type RawBatch, writeLines } from './plan.ts';
import { BLOCKS, inBlocks, textBatches } from './text.ts';

const textOf = ({ blocks }: RawBatch) => blocks.map(({ bytes }) => Buffer.from(bytes).toString()).join('');

it('numbers begin again at the last batch', () => {
  expect(cyclic(13, 17, 15)).toEqual([13, 14, 0, 1]);
});

it('lines have exactly 100 bytes, are the same each time, and lie in two blocks', () => {
  const batches = textBatches(2, 101);
  expect(batches.map(textOf)).toEqual(textBatches(2, 101).map(textOf));
  for (const batch of batches) {
    expect(batch.blocks.map(({ count }) => count)).toEqual([50, 51]);
    expect(linesOf(batch)).toBe(101);
    const lines = textOf(batch).trimEnd().split('\n');
    expect(lines.map(({ length }) => length)).toEqual(Array(101).fill(100));
    expect(lines.every((line) => !line.includes('  '))).toBe(true);
  }
  expect(textOf(batches[0]!)).not.toBe(textOf(batches[1]!));
});

it('a file has the lines of all batches in their order, also those without a newline at the end', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-spark-test-'));
  try {
    const path = join(folder, 'lines');
    writeLines(path, [inBlocks(['a', 'b', 'c']), { blocks: [linesBlock('d'), linesBlock('e\n')] }]);
    expect(readFileSync(path, 'utf8')).toBe('a\nb\nc\nd\ne\n');
    expect(inBlocks(['a', 'b', 'c']).blocks).toHaveLength(BLOCKS);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
