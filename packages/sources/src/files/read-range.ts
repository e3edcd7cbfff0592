import { type FileHandle, open } from 'node:fs/promises';
import type { Block } from '@millrace/core';
import { error } from '@millrace/core/backend';
import { type FileRange, readFully, type TextFile } from './text-file.ts';

/** Bytes of one block; longer ranges give several, since strings cannot hold more than 512 MB. */
const BLOCK_BYTES = 2 ** 24;
/** Bytes of one step in search of the end of a range's last line. */
const TAIL_BYTES = 2 ** 16;
const NEWLINE = 10;

/** How ranges are read. */
export interface ReadOptions {
  /** Longest last line of a range, in bytes, as far as it lies beyond the range; a longer one is MR_SOURCE_FAILED. */
  readonly maxLineBytes: number;
  /** Bytes of one block, 16 MB unless given. */
  readonly blockBytes?: number;
}

/**
 * Reads the lines that start in some ranges, as blocks of raw text that the task decodes. What runs inside tasks: it
 * depends on its arguments and the files alone.
 *
 * A line starts at the beginning of the file and after each newline byte; bytes are compared, never characters, so a
 * range may begin and end inside a character. Ranges that touch give every line exactly once.
 *
 * @throws MR_SOURCE_FAILED when a file has become shorter or a line is too long; errors of the system
 * @example Lines 'b' and 'c' of a file "a\nb\nc\n":
 * ```ts
 * const blocks = await readRanges([{ path: '/tmp/abc', size: 6, from: 1, to: 6 }], { maxLineBytes: 2 ** 20 });
 * ```
 */
export async function readRanges(ranges: readonly FileRange[], options: ReadOptions): Promise<Block[]> {
  const { maxLineBytes, blockBytes = BLOCK_BYTES } = options;
  const blocks: Block[] = [];
  for (const range of ranges) {
    await using handle = await open(range.path);
    for (let from = range.from; from < range.to; from += blockBytes) {
      const to = Math.min(from + blockBytes, range.to);
      const bytes = await readLines(handle, range, from, to, maxLineBytes);
      // The task that reads the block decodes it at once: counting its lines first would be for nobody.
      if (bytes.length > 0) blocks.push({ codec: 'lines', count: -1, bytes });
    }
  }
  return blocks;
}

/** The whole lines that start in [from, to). */
async function readLines(
  handle: FileHandle,
  file: TextFile,
  from: number,
  to: number,
  maxLineBytes: number,
): Promise<Uint8Array> {
  // The byte before the range tells whether a line starts with it.
  const base = Math.max(0, from - 1);
  const bytes = new Uint8Array(to - base);
  await readFully(handle, bytes, base, file);
  let start = 0;
  if (from > 0) {
    start = bytes.indexOf(NEWLINE) + 1;
    // No line starts here, or one starts with the next range's first byte.
    if (start === 0 || start === bytes.length) return bytes.subarray(0, 0);
  }
  const head = bytes.subarray(start);
  if (head[head.length - 1] === NEWLINE || to === file.size) return head;
  const tail = await readTail(handle, file, to, maxLineBytes);
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

/** From an offset inside a line to the line's end. */
async function readTail(handle: FileHandle, file: TextFile, offset: number, maxLineBytes: number): Promise<Uint8Array> {
  let tail = new Uint8Array(0);
  // Twice as much each time, so that a long line costs no more than its length.
  for (let step = TAIL_BYTES; offset + tail.length < file.size; step *= 2) {
    const known = tail.length;
    const longer = new Uint8Array(Math.min(known + step, maxLineBytes + 1, file.size - offset));
    longer.set(tail);
    await readFully(handle, longer.subarray(known), offset + known, file);
    const end = longer.indexOf(NEWLINE, known);
    if (end >= 0) return longer.subarray(0, end + 1);
    tail = longer;
    if (tail.length > maxLineBytes) {
      throw error('MR_SOURCE_FAILED', {
        source: 'textFileBatches',
        reason: `${file.path} has a line around byte ${offset} that is longer than maxLineBytes, ${maxLineBytes}`,
      });
    }
  }
  return tail;
}
