import { ownBytes, viewBuffer } from './bytes.ts';

/**
 * Sealed records: bytes that nobody changes any more, the codec that reads them, and how many records they hold
 * (-1 where that is not known without decoding). Plain data; it crosses threads as it is.
 */
export interface Block {
  readonly codec: string;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Whether a value is a block. By shape, since blocks that crossed a thread have no class. */
export function isBlock(value: unknown): value is Block {
  if (typeof value !== 'object' || value === null) return false;
  const { codec, count, bytes } = value as Partial<Block>;
  return typeof codec === 'string' && typeof count === 'number' && bytes instanceof Uint8Array;
}

/**
 * A block of the codec `lines` from raw text: one record a line, separated by '\n' or '\r\n'; a newline at the end does
 * not begin another line. The bytes lie in shared memory, so that posting the block to a thread copies nothing; bytes
 * that are in shared memory already are used as they are and must not be changed any more.
 * @param text UTF-8 bytes, or a string (lone surrogates become U+FFFD)
 */
export function linesBlock(text: string | Uint8Array): Block {
  const bytes = typeof text === 'string' ? sharedText(text) : sharedBytes(text);
  return { codec: 'lines', count: countLines(bytes), bytes };
}

function sharedText(text: string): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(Buffer.byteLength(text)));
  viewBuffer(bytes).utf8Write(text, 0, bytes.length);
  return bytes;
}

function sharedBytes(bytes: Uint8Array): Uint8Array {
  // A Buffer subclass or a Buffer loses its class in structured clone anyway.
  if (bytes.buffer instanceof SharedArrayBuffer) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  return ownBytes(bytes, true);
}

/**
 * The number of lines in UTF-8 text. Four bytes at a time: counting byte by byte would cost more than decoding the text.
 * Newlines are never part of another character in UTF-8.
 */
export function countLines(bytes: Uint8Array): number {
  const { length } = bytes;
  if (length === 0) return 0;
  let count = bytes[length - 1] === 10 ? 0 : 1;
  let i = 0;
  for (; i < length && (bytes.byteOffset + i) % 4 !== 0; i++) if (bytes[i] === 10) count++;
  // Nothing left also means: perhaps not aligned.
  if (i === length) return count;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + i, (length - i) >> 2);
  for (let w = 0; w < words.length; w++) {
    // Bytes that are newlines become 0; the next line sets the high bit of exactly the zero bytes.
    const v = words[w]! ^ 0x0a0a0a0a;
    const zeros = ~(((v & 0x7f7f7f7f) + 0x7f7f7f7f) | v | 0x7f7f7f7f);
    if (zeros !== 0) count += Math.imul(zeros >>> 7, 0x01010101) >>> 24;
  }
  for (i += words.length * 4; i < length; i++) if (bytes[i] === 10) count++;
  return count;
}
