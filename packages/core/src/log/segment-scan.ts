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
  /**
   * Bytes in which there is no whole record.
   * @param mayBeTorn whether a crash can have left them of records that were being written
   */
  gap(from: number, mayBeTorn: boolean): void;
}

const CHUNK = 2 ** 20;
/** What disks write whole or not at all; what they have not written reads as zeros. */
const SECTOR = 512;

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
      visitor.gap(at, mayBeTorn(file, at, next, size));
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

/**
 * Whether bytes can be what a crash leaves of records: cut off before their end, or with a part that was never written, which reads
 * as zeros. A record that is there from its head to its end, and no part of it unwritten, was written and has changed since.
 */
function mayBeTorn(file: number, from: number, to: number, size: number): boolean {
  const head = Buffer.alloc(RECORD_HEADER);
  const length = readSync(file, head, 0, RECORD_HEADER, from);
  if (length >= 4 && head.readUInt32LE(0) === RECORD_MAGIC) {
    if (length < RECORD_HEADER) return true;
    const { headerLength, payloadLength } = readRecordHead(head) as RecordHead;
    if (from + RECORD_HEADER + headerLength + payloadLength > size) return true;
  } else if (length < 4) return true;
  return hasUnwritten(file, from, to, size);
}

/** Whether there is a sector of zeros in a range, or in what of it belongs to the range's records. */
function hasUnwritten(file: number, from: number, to: number, size: number): boolean {
  const sector = Buffer.alloc(SECTOR);
  for (let at = from; at < to; at += SECTOR - (at % SECTOR)) {
    const length = Math.min(SECTOR - (at % SECTOR), size - at);
    readSync(file, sector, 0, length, at);
    if (sector.subarray(0, length).every((byte) => byte === 0)) return true;
  }
  return false;
}
