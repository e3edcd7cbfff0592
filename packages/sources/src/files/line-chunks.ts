import { error } from '@millrace/core/connector';
import type { FileRange } from './text-file.ts';

const NEWLINE = 10;

/** Whole lines, and where they begin. */
export interface LineChunk {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/**
 * Cuts bytes into whole lines: those that START in [from, to), each whole, wherever it ends. A line starts at the
 * beginning and after each newline byte; bytes are compared, never characters, so a range may begin and end inside one.
 * Ranges that touch give every line exactly once. Holds one chunk, and of a longer line what there is of it.
 *
 * @param chunks the bytes from `from - 1` on (from 0 for the first range), since that one tells whether a line starts
 *   with the range; they may go on beyond the range and are left when its last line has ended
 * @throws MR_SOURCE_FAILED for a line that does not fit in one chunk and is longer than `maxLineBytes`
 */
export async function* lineChunks(
  chunks: AsyncIterable<Uint8Array>,
  range: Pick<FileRange, 'path' | 'from' | 'to'>,
  { maxLineBytes, source }: { maxLineBytes: number; source: string },
): AsyncGenerator<LineChunk, void, undefined> {
  const { from, to } = range;
  let begun = from === 0;
  /** Where the chunk begins, then what is left of it. */
  let at = begun ? 0 : from - 1;
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  const bound = (lineBytes: number): void => {
    if (lineBytes <= maxLineBytes) return;
    throw error('MR_SOURCE_FAILED', {
      source,
      reason: `${range.path} has a line from byte ${at - restBytes} on that is longer than maxLineBytes, ${maxLineBytes}`,
    });
  };
  const take = (head: Uint8Array): LineChunk => {
    if (rest.length > 0 && head.length > 0) bound(restBytes + head.indexOf(NEWLINE));
    const offset = at - restBytes;
    const bytes = rest.length === 0 ? head : Buffer.concat([...rest, head]);
    rest = [];
    restBytes = 0;
    return { bytes, offset };
  };
  for await (const read of chunks) {
    let chunk = read;
    if (!begun) {
      const start = chunk.indexOf(NEWLINE) + 1;
      at += start === 0 ? chunk.length : start;
      // No line starts in the range where the first newline is its last byte or lies behind it.
      if (at >= to) return;
      if (start === 0) continue;
      begun = true;
      chunk = chunk.subarray(start);
    }
    // The line that ends with this byte or behind it is the last one.
    const last = Math.max(0, to - 1 - at);
    if (last < chunk.length) {
      const end = chunk.indexOf(NEWLINE, last) + 1;
      if (end > 0) {
        yield take(chunk.subarray(0, end));
        return;
      }
    }
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) yield take(chunk.subarray(0, end));
    if (end < chunk.length) rest.push(chunk.subarray(end));
    restBytes += chunk.length - end;
    at += chunk.length;
    bound(restBytes);
  }
  if (restBytes > 0) yield take(new Uint8Array(0));
}
