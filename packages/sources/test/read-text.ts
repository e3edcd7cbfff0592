import type { Block } from '@millrace/core';
import { decodeLines } from '@millrace/core/connector';
import { textLines } from '../src/decode/index.ts';
import { readRanges } from '../src/files/read-range.ts';
import type { FileRange } from '../src/files/text-file.ts';

/** All lines that some ranges give. */
export async function readText(
  ranges: readonly FileRange[],
  options: { maxLineBytes?: number; chunkBytes?: number } = {},
): Promise<string[]> {
  const found: string[] = [];
  const settings = { source: 'test', decoder: textLines(), maxLineBytes: 1000, ...options };
  for await (const block of readRanges(ranges, settings)) found.push(...decodeLines((block as Block).bytes));
  return found;
}
