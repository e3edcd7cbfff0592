/** How bytes are returned. */
export interface EncodeOptions {
  /**
   * Put the result into shared memory (default false), so that posting it to another thread copies nothing. `'large'`
   * does so only where that is cheaper than a copy.
   */
  readonly shared?: Sharing;
}

/** Whether bytes go into shared memory. */
export type Sharing = boolean | 'large';

/** Below this many bytes a copy costs less than shared memory of their own. */
const LARGE = 4096;

/** New bytes that nobody else refers to: exactly `length` long, at offset 0 of a buffer of their own. */
export function newBytes(length: number, shared: Sharing = false): Uint8Array {
  return shared === true || (shared === 'large' && length >= LARGE)
    ? new Uint8Array(new SharedArrayBuffer(length))
    : new Uint8Array(length);
}

/** A copy of `bytes` that nobody else refers to. */
export function ownBytes(bytes: Uint8Array, shared: Sharing = false): Uint8Array {
  const own = newBytes(bytes.length, shared);
  own.set(bytes);
  return own;
}

/**
 * The string methods of Node's buffers that work at once on memory of either kind; `Buffer.prototype` has them, its
 * types leave them out.
 */
export interface TextBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  utf8Write(text: string, offset: number, length: number): number;
}

/** The same memory as a Buffer. */
export function viewBuffer(bytes: Uint8Array, start = 0, end = bytes.length): TextBuffer {
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset + start, end - start) as TextBuffer;
}
