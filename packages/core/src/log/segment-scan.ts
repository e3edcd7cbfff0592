import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import {
  checkedHead,
  RECORD_HEADER,
  RECORD_MAGIC,
  type RecordHead,
  readRecordHead,
  readSegmentHeader,
  SEGMENT_HEADER,
  type SegmentHeader,
} from './record-format.ts';

/** A record that was found whole. */
export interface FoundRecord extends RecordHead {
  readonly offset: number;
  readonly header: Uint8Array;
}

/** What is found in a segment, in order. */
export interface SegmentVisitor {
  record(record: FoundRecord): void;
  /** Bytes in which there is no whole record; `to` may be the end of the file. */
  gap(from: number, to: number): void;
}

const CHUNK = 2 ** 20;

/**
 * Reads a segment from its beginning to its end, a megabyte at a time, and gives each record whose checksum holds. Where one does
 * not, the next is looked for byte by byte: a length that is wrong must not lose what is behind it.
 */
export function scanSegment(path: string, visitor: SegmentVisitor): void {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    for (let at = SEGMENT_HEADER; at < size; ) {
      const record = recordAt(file, at, size);
      if (record !== null) {
        visitor.record(record);
        at += RECORD_HEADER + record.headerLength + record.payloadLength;
        continue;
      }
      const next = nextRecord(file, at + 1, size);
      visitor.gap(at, next);
      at = next;
    }
  } finally {
    closeSync(file);
  }
}

/** What a segment says of itself, null where that is damaged; and its bytes. */
export function segmentInfo(path: string): { readonly header: SegmentHeader | null; readonly size: number } {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const head = Buffer.alloc(SEGMENT_HEADER);
    readSync(file, head, 0, SEGMENT_HEADER, 0);
    return { header: size < SEGMENT_HEADER ? null : readSegmentHeader(head), size };
  } finally {
    closeSync(file);
  }
}

/** The whole record at an offset; null if there is none. */
function recordAt(file: number, offset: number, size: number): FoundRecord | null {
  const head = Buffer.alloc(RECORD_HEADER);
  if (readSync(file, head, 0, RECORD_HEADER, offset) < RECORD_HEADER) return null;
  const found = readRecordHead(head);
  if (found === null) return null;
  const { headerLength, payloadLength } = found;
  if (offset + RECORD_HEADER + headerLength + payloadLength > size) return null;
  const header = Buffer.alloc(headerLength);
  readSync(file, header, 0, headerLength, offset + RECORD_HEADER);
  let checksum = crc32(header, crc32(checkedHead(head)));
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK, payloadLength));
  for (let at = 0; at < payloadLength; at += CHUNK) {
    const length = Math.min(CHUNK, payloadLength - at);
    readSync(file, chunk, 0, length, offset + RECORD_HEADER + headerLength + at);
    checksum = crc32(chunk.subarray(0, length), checksum);
  }
  return checksum === found.checksum ? { ...found, offset, header } : null;
}

/** Where the next whole record begins; the size of the file if there is none. */
function nextRecord(file: number, from: number, size: number): number {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(RECORD_MAGIC);
  const chunk = Buffer.allocUnsafe(CHUNK);
  for (let at = from; at < size; ) {
    const length = readSync(file, chunk, 0, CHUNK, at);
    if (length < 4) break;
    for (let i = chunk.subarray(0, length).indexOf(magic); i >= 0; i = chunk.subarray(0, length).indexOf(magic, i + 1))
      if (recordAt(file, at + i, size) !== null) return at + i;
    // A magic may lie across two chunks.
    at += Math.max(1, length - 3);
  }
  return size;
}
