import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { error } from '../errors/index.ts';
import { checkedHead, RECORD_HEADER, readRecordHead } from './record-format.ts';
import { segmentPath } from './segment-files.ts';

/** Where a record lies. Plain data: a task in another thread can read it by the directory's path. */
export interface LogPosition {
  readonly segment: number;
  readonly offset: number;
  /** Bytes of the record, its head included. */
  readonly length: number;
}

/** The payload of a record. @throws MR_LOG_DAMAGED when it is not there or not what was written */
export function readLogRecord(dir: string, { segment, offset, length }: LogPosition): Uint8Array {
  const path = segmentPath(dir, segment);
  const damaged = (what: string, cause?: unknown) => error('MR_LOG_DAMAGED', { file: path, offset, what }, { cause });
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (e) {
    throw damaged('the file cannot be opened', e);
  }
  try {
    const bytes = Buffer.allocUnsafeSlow(length);
    const read = readSync(file, bytes, 0, length, offset);
    const head = read < length ? null : readRecordHead(bytes);
    if (head === null) throw damaged('there is no record');
    const { headerLength, payloadLength, checksum } = head;
    const ends = RECORD_HEADER + headerLength + payloadLength === length;
    if (!ends || crc32(bytes.subarray(RECORD_HEADER), crc32(checkedHead(bytes))) !== checksum)
      throw damaged('the checksum is wrong');
    return bytes.subarray(RECORD_HEADER + headerLength);
  } finally {
    closeSync(file);
  }
}
