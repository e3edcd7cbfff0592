import { error } from '../errors/catalog.ts';
import { type EncodeOptions, newBytes } from './bytes.ts';
import { decodeColumn, type EncodedColumn, encodeColumn } from './column.ts';

/** Pairs as two columns of equal length. */
export interface DecodedPairs {
  readonly keys: unknown[];
  readonly values: unknown[];
  /** Whether the writer said that no key occurs twice. */
  readonly unique: boolean;
}

/** Options of `encodePairs`. */
export interface EncodePairsOptions extends EncodeOptions {
  /** No key occurs twice; passed on to the reader, which can then skip combining. Default false. */
  readonly unique?: boolean;
}

/*
 *   0  version (1)          4  u32 number of keys        16 u32 bytes of the value column
 *   1  flags                8  u32 number of values      24 key column, then from the next multiple of 8
 *   2  kind of key column   12 u32 bytes of the key            the value column
 *   3  kind of value column    column
 * Columns begin at multiples of 8, so typed arrays can look at them in place. Numbers are in the byte order of the writer.
 */
const VERSION = 1;
const UNIQUE = 1;
const BIG_ENDIAN = 2;
const HEADER = 24;
const BYTE_ORDER = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : BIG_ENDIAN;

/**
 * Pairs, given as two columns, to bytes: how records cross a shuffle. The result is an exact copy that nobody else
 * refers to, at offset 0 of its buffer.
 * @param where the operator, for errors; paths in them begin with `$[0]` for keys and `$[1]` for values
 * @throws MR_NOT_ENCODABLE
 */
export function encodePairs(
  keys: readonly unknown[],
  values: readonly unknown[],
  where: string,
  options: EncodePairsOptions = {},
): Uint8Array {
  const k = encodeColumn(keys, where, '$[0]');
  const v = encodeColumn(values, where, '$[1]');
  const keyBytes = size(k);
  const valueBytes = size(v);
  const valueStart = align(HEADER + keyBytes);
  const bytes = newBytes(valueStart + valueBytes, options.shared);
  bytes[0] = VERSION;
  bytes[1] = (options.unique === true ? UNIQUE : 0) | BYTE_ORDER;
  bytes[2] = k.kind;
  bytes[3] = v.kind;
  new Uint32Array(bytes.buffer, 4, 4).set([keys.length, values.length, keyBytes, valueBytes]);
  write(bytes, HEADER, k);
  write(bytes, valueStart, v);
  return bytes;
}

/**
 * The columns that `encodePairs` wrote. Works on shared memory and at any offset; the result does not refer to `bytes`,
 * except that long strings share the memory of one decoded text.
 * @throws MR_DECODE
 */
export function decodePairs(bytes: Uint8Array): DecodedPairs {
  const { keys: keyCount, keyBytes } = readPairsHead(bytes);
  const flags = bytes[1]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER);
  const [valueCount, valueBytes] = [8, 16].map((at) => view.getUint32(at, BYTE_ORDER === 0)) as [number, number];
  const valueStart = align(HEADER + keyBytes);
  if (valueStart + valueBytes !== bytes.length)
    throw bad(`there are ${bytes.length} bytes where the header announces ${valueStart + valueBytes}`);
  return {
    keys: decodeColumn(bytes, HEADER, HEADER + keyBytes, bytes[2]!, keyCount),
    values: decodeColumn(bytes, valueStart, bytes.length, bytes[3]!, valueCount),
    unique: (flags & UNIQUE) !== 0,
  };
}

function size(column: EncodedColumn): number {
  let total = 0;
  for (const part of column.parts) total += part.length;
  return total;
}

function write(bytes: Uint8Array, offset: number, column: EncodedColumn): void {
  for (const part of column.parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
}

function align(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}

function bad(reason: string): Error {
  return error('MR_DECODE', { codec: 'columns', reason });
}

/** What pairs say of their keys, before any of them is read. */
export interface PairsHead {
  readonly keys: number;
  readonly keyKind: number;
  readonly keyBytes: number;
}

/** The first so many bytes of what `encodePairs` wrote are enough for `readPairsHead`. */
export const PAIRS_HEAD = HEADER;

/** The head of what `encodePairs` wrote. @throws MR_DECODE */
export function readPairsHead(head: Uint8Array): PairsHead {
  if (head.length < HEADER || head[0] !== VERSION)
    throw bad(`${head.length} bytes without the header of version ${VERSION}`);
  if (((head[1] as number) & BIG_ENDIAN) !== BYTE_ORDER)
    throw bad('they were written on a machine with another byte order');
  const view = new DataView(head.buffer, head.byteOffset, HEADER);
  return {
    keys: view.getUint32(4, BYTE_ORDER === 0),
    keyKind: head[2] as number,
    keyBytes: view.getUint32(12, BYTE_ORDER === 0),
  };
}
