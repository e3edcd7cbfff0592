import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/**
 * How far a log has been, beside its segments: nothing in the others names the newest one, and nothing behind a record at the end
 * says that it was there. Written before the first record of a segment is acknowledged, and when the log is closed; that of a job
 * also when it is begun, so that it is always there: see `LogJob.marked`.
 */
export interface LogMark {
  /** The segment that had records; -1: none had yet. */
  readonly segment: number;
  /** Records before this one were on disk. */
  readonly safeBefore: number;
}

/** Where the mark of a log is. */
export function markPath(dir: string): string {
  return join(dir, 'newest');
}

/** A mark as bytes, with a checksum. */
export function markBytes(mark: LogMark): Uint8Array {
  return Buffer.from(JSON.stringify({ ...mark, checksum: checksumOf(mark) }));
}

/** The mark of a log: `missing` if there is none, `damaged` if it is not what was written. */
export function readMark(dir: string): LogMark | 'damaged' | 'missing' {
  let text: string;
  try {
    text = readFileSync(markPath(dir), 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return 'missing';
    return 'damaged';
  }
  try {
    const { segment, safeBefore, checksum } = JSON.parse(text) as LogMark & { readonly checksum: number };
    return checksum === checksumOf({ segment, safeBefore }) ? { segment, safeBefore } : 'damaged';
  } catch {
    return 'damaged';
  }
}

function checksumOf({ segment, safeBefore }: LogMark): number {
  return crc32(`${segment}/${safeBefore}`);
}
