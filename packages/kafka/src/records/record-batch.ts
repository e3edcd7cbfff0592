import type { IsolationLevel, RawHeader, RawRecord } from '../port.ts';
import { type Decompress, UNCOMPRESSED } from './compression.ts';

/*
 * Batches of records as they lie in a partition, message format 2, which all brokers since 0.11 write:
 * https://kafka.apache.org/documentation/#recordbatch
 */

const LENGTH_AT = 8;
const MAGIC_AT = 16;
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const BASE_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const PRODUCER_ID_AT = 43;
const COUNT_AT = 57;
const RECORDS_AT = 61;
/** Of the bytes before the length's own end. */
const LENGTH_BEGINS = 12;

const CODEC = 0b111;
const LOG_APPEND_TIME = 1 << 3;
const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;
/** Type of a control record that says that a transaction was aborted. */
const ABORT = 0;

const NO_HEADERS: readonly RawHeader[] = [];

/** A transaction that was aborted: whose, and the first offset of it. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** What of a partition's bytes is wanted. */
export interface Wanted {
  /** First offset; a batch may begin before it. */
  readonly from: number;
  readonly isolation: IsolationLevel;
  readonly aborted: readonly AbortedTransaction[];
  readonly decompress: Decompress;
  /** About so many bytes are unpacked at a time; at least one batch is. */
  readonly maxUnpackedBytes: number;
}

/** The records that a reader sees, and where to go on: behind the last whole batch, also where it shows nothing. */
export interface Decoded {
  readonly records: RawRecord[];
  readonly next: number;
  /** Decodes what comes next of the same bytes; left out where that is all. */
  readonly more?: () => Decoded;
}

/**
 * Decodes the batches of a fetch. The last one may be cut off by the size of the answer; it is left out. Batches may be empty after
 * compaction, and still say where to go on.
 *
 * @throws Error if a batch is of another format, or is damaged
 */
export function decodeBatches(bytes: Buffer, wanted: Wanted): Decoded {
  return decodeFrom({ bytes, at: 0, next: wanted.from, aborting: new AbortedProducers(wanted) }, wanted);
}

/** How far the bytes of a fetch are decoded. */
interface Place {
  readonly bytes: Buffer;
  readonly at: number;
  readonly next: number;
  /** It goes on from part to part: each part is decoded once. */
  readonly aborting: AbortedProducers;
}

function decodeFrom({ bytes, at: begin, next: before, aborting }: Place, wanted: Wanted): Decoded {
  const records: RawRecord[] = [];
  let next = before;
  let unpacked = 0;
  let at = begin;
  while (at + LENGTH_BEGINS <= bytes.length) {
    const end = at + LENGTH_BEGINS + bytes.readInt32BE(at + LENGTH_AT);
    if (end > bytes.length) break;
    if (unpacked >= wanted.maxUnpackedBytes) {
      let part: Decoded | null = null;
      const rest = { bytes, at, next, aborting };
      return { records, next, more: () => (part ??= decodeFrom(rest, wanted)) };
    }
    const batch = bytes.subarray(at, end);
    at = end;
    const magic = batch.readInt8(MAGIC_AT);
    if (magic !== 2) throw new Error(`records of message format ${magic} cannot be read, only those of format 2`);
    const baseOffset = Number(batch.readBigInt64BE(0));
    const behind = baseOffset + batch.readInt32BE(LAST_OFFSET_DELTA_AT) + 1;
    const attributes = batch.readInt16BE(ATTRIBUTES_AT);
    const producerId = batch.readBigInt64BE(PRODUCER_ID_AT);
    aborting.reach(behind);
    if ((attributes & CONTROL) !== 0) {
      // Of a mark that was compacted the cleaner keeps the header, which says nothing.
      if (batch.readInt32BE(COUNT_AT) > 0 && controlType(batch) === ABORT) aborting.ended(producerId);
    } else if (behind > wanted.from && !((attributes & TRANSACTIONAL) !== 0 && aborting.has(producerId))) {
      unpacked += readRecords(batch, attributes, baseOffset, wanted, records);
    }
    if (behind > next) next = behind;
  }
  return { records, next };
}

/** The producers whose transaction, at the batch that is being read, is one that was aborted. */
class AbortedProducers {
  readonly #pending: AbortedTransaction[];
  readonly #now = new Set<bigint>();

  constructor({ isolation, aborted }: Wanted) {
    this.#pending = isolation === 'read_committed' ? [...aborted].sort((a, b) => b.firstOffset - a.firstOffset) : [];
  }

  /** A batch that ends before this offset is read. */
  reach(behind: number): void {
    for (
      let last = this.#pending.at(-1);
      last !== undefined && last.firstOffset < behind;
      last = this.#pending.at(-1)
    ) {
      this.#now.add(last.producerId);
      this.#pending.pop();
    }
  }

  has(producerId: bigint): boolean {
    return this.#now.has(producerId);
  }

  ended(producerId: bigint): void {
    this.#now.delete(producerId);
  }
}

/** Commit or abort: the key of a control record is its version and its type, 16 bits each. */
function controlType(batch: Buffer): number {
  const cursor = new Cursor(batch, RECORDS_AT);
  cursor.varint();
  cursor.at += 1;
  cursor.varint();
  cursor.varint();
  const key = cursor.bytes();
  return key === null || key.length < 4 ? -1 : key.readInt16BE(2);
}

/** @returns bytes that were unpacked; of a batch that is not packed none, since its records are views of it */
function readRecords(
  batch: Buffer,
  attributes: number,
  baseOffset: number,
  { from, decompress }: Wanted,
  records: RawRecord[],
): number {
  const count = batch.readInt32BE(COUNT_AT);
  if (count <= 0) return 0;
  const codec = attributes & CODEC;
  const unpacked = codec === UNCOMPRESSED ? null : decompress(codec, batch.subarray(RECORDS_AT));
  const cursor = unpacked === null ? new Cursor(batch, RECORDS_AT) : new Cursor(unpacked, 0);
  const baseTimestamp = Number(batch.readBigInt64BE(BASE_TIMESTAMP_AT));
  const appendTime = (attributes & LOG_APPEND_TIME) !== 0 ? Number(batch.readBigInt64BE(MAX_TIMESTAMP_AT)) : null;
  for (let i = 0; i < count; i++) {
    const length = cursor.varint();
    const end = cursor.at + length;
    cursor.at += 1;
    const timestampDelta = cursor.varlong();
    const offset = baseOffset + cursor.varint();
    if (offset >= from) {
      const key = cursor.bytes();
      const value = cursor.bytes();
      const headers = cursor.headers();
      records.push({ offset, timestamp: appendTime ?? baseTimestamp + timestampDelta, key, value, headers });
    }
    cursor.at = end;
  }
  return unpacked?.length ?? 0;
}

/** Reads the variable-length parts of a record, one after the other. */
class Cursor {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** A signed number of at most 32 bits, zigzag. */
  varint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.at++] as number;
    let value = byte & 0x7f;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      byte = this.#next();
      value |= (byte & 0x7f) << shift;
    }
    return (value >>> 1) ^ -(value & 1);
  }

  /** A signed number of at most 64 bits; exact up to 2^53, as times and their differences are. */
  varlong(): number {
    let byte = this.#bytes[this.at++] as number;
    let value = byte & 0x7f;
    for (let factor = 128; byte > 0x7f; factor *= 128) {
      byte = this.#next();
      value += (byte & 0x7f) * factor;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.at;
    this.at += length;
    if (this.at > this.#bytes.length) throw new Error('a batch of records is damaged: it ends within a record');
    return this.#bytes.subarray(start, this.at);
  }

  headers(): readonly RawHeader[] {
    const count = this.varint();
    if (count <= 0) return NO_HEADERS;
    return Array.from({ length: count }, (): RawHeader => {
      const name = this.bytes();
      return [name === null ? '' : name.toString(), this.bytes()];
    });
  }

  #next(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new Error('a batch of records is damaged: it ends within a number');
    return byte;
  }
}
