import { crc32 } from 'node:zlib';

/*
 * A segment of the log:
 *
 *   segment   "MRLG", u32 format, f64 number, f64 sequence number of its first record, f64 sequence number up to which
 *             all records before it were on disk, u32 checksum of these, u32 0
 *   record    "MRRC", u32 checksum of all behind it, f64 sequence number, f64 time, u32 place in its group,
 *             u32 length of the header, u32 length of the payload, header, payload
 *
 * Little-endian. Records follow each other without gaps. The sequence number tells a record that was left out, and one that
 * was written twice because the first time may not have reached the disk. A group is written when the one before it is on disk:
 * so the place in the group tells what a crash can have left (any of the pages of the last group) from what it cannot.
 */

export const FORMAT = 1;
export const SEGMENT_HEADER = 40;
export const RECORD_HEADER = 36;
const SEGMENT_MAGIC = 0x474c524d;
export const RECORD_MAGIC = 0x4352524d;

/** What a segment says of itself. */
export interface SegmentHeader {
  readonly format: number;
  readonly segment: number;
  readonly firstSequence: number;
  /**
   * Records before this one were on disk when the segment was made. Lower than `firstSequence` where an earlier run died while it
   * wrote a group of which some records were found.
   */
  readonly safeBefore: number;
}

/** What a record says of itself. */
export interface RecordHead {
  readonly checksum: number;
  readonly sequence: number;
  readonly time: number;
  /** Sequence number of the first record that was synced together with it. */
  readonly groupFirst: number;
  readonly headerLength: number;
  readonly payloadLength: number;
}

export function segmentHeader(segment: number, firstSequence: number, safeBefore: number): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER);
  bytes.writeUInt32LE(SEGMENT_MAGIC, 0);
  bytes.writeUInt32LE(FORMAT, 4);
  bytes.writeDoubleLE(segment, 8);
  bytes.writeDoubleLE(firstSequence, 16);
  bytes.writeDoubleLE(safeBefore, 24);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 32)), 32);
  return bytes;
}

/** Null where it is none. Of a newer format, which may have another header, only the format is known. */
export function readSegmentHeader(bytes: Buffer): SegmentHeader | null {
  if (bytes.length < SEGMENT_HEADER || bytes.readUInt32LE(0) !== SEGMENT_MAGIC) return null;
  const format = bytes.readUInt32LE(4);
  const known = Buffer.from(bytes.subarray(0, 32));
  known.writeUInt32LE(FORMAT, 4);
  const holds = bytes.readUInt32LE(32) === crc32(known) && bytes.readUInt32LE(36) === 0;
  // Where all but the format is as this version writes it, a bit of the format has turned over.
  if (format > FORMAT ? holds : !holds || format !== FORMAT) return null;
  return {
    format,
    segment: bytes.readDoubleLE(8),
    firstSequence: bytes.readDoubleLE(16),
    safeBefore: bytes.readDoubleLE(24),
  };
}

/** A record as it is to be written. */
export interface RecordToWrite {
  readonly time: number;
  readonly header: Uint8Array;
  readonly payload: readonly Uint8Array[];
  /** Of all of it, its head included. */
  readonly bytes: number;
}

/** The head of a record, with the checksum of all that is in it. */
export function recordHead(sequence: number, inGroup: number, record: RecordToWrite): Buffer {
  const bytes = Buffer.allocUnsafe(RECORD_HEADER);
  putHead(bytes, 0, sequence, inGroup, record);
  let checksum = crc32(record.header, crc32(checkedHead(bytes)));
  for (const part of record.payload) checksum = crc32(part, checksum);
  bytes.writeUInt32LE(checksum, 4);
  return bytes;
}

/** Writes a whole record into a buffer: of small ones a checksum over it at once takes less time than one for each part. */
export function putRecord(into: Buffer, at: number, sequence: number, inGroup: number, record: RecordToWrite): void {
  putHead(into, at, sequence, inGroup, record);
  let end = at + RECORD_HEADER;
  into.set(record.header, end);
  end += record.header.length;
  for (const part of record.payload) {
    into.set(part, end);
    end += part.length;
  }
  into.writeUInt32LE(crc32(into.subarray(at + 8, end)), at + 4);
}

function putHead(into: Buffer, at: number, sequence: number, inGroup: number, record: RecordToWrite): void {
  const { time, header, bytes } = record;
  into.writeUInt32LE(RECORD_MAGIC, at);
  into.writeDoubleLE(sequence, at + 8);
  into.writeDoubleLE(time, at + 16);
  into.writeUInt32LE(inGroup, at + 24);
  into.writeUInt32LE(header.length, at + 28);
  into.writeUInt32LE(bytes - RECORD_HEADER - header.length, at + 32);
}

/** Null where no record begins. */
export function readRecordHead(bytes: Buffer): RecordHead | null {
  if (bytes.length < RECORD_HEADER || bytes.readUInt32LE(0) !== RECORD_MAGIC) return null;
  const sequence = bytes.readDoubleLE(8);
  return {
    checksum: bytes.readUInt32LE(4),
    sequence,
    time: bytes.readDoubleLE(16),
    groupFirst: sequence - bytes.readUInt32LE(24),
    headerLength: bytes.readUInt32LE(28),
    payloadLength: bytes.readUInt32LE(32),
  };
}

/** The bytes of a record's head that its checksum covers. */
export function checkedHead(bytes: Buffer): Buffer {
  return bytes.subarray(8, RECORD_HEADER);
}
