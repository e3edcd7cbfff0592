import { checkBoolean, checkOptionNames, checkWhole, error } from '@millrace/core/connector';
import type { Framer, Framing, TakeFrame } from './framing.ts';
import { Rest } from './rest.ts';

/** How the length in front of a frame is written. */
export interface LengthPrefix {
  /** Bytes of the length: 1, 2 or 4. An unsigned number. 4 unless given. */
  readonly bytes?: 1 | 2 | 4;
  /** Which of its bytes comes first: the highest (`'big'`, unless given) or the lowest (`'little'`). */
  readonly endian?: 'big' | 'little';
  /** Longest frame, without its length; a longer one ends the connection with MR_BAD_RECORD. 1 MiB unless given. */
  readonly maxFrameBytes?: number;
  /** Whether the length counts its own bytes, too. False unless given. */
  readonly includesLength?: boolean;
}

const MAX_FRAME_BYTES = 2 ** 20;

/**
 * Frames with their length in front of them, as binary protocols have it. A frame may be empty. A connection that ends within a
 * frame is an error.
 *
 * @throws MR_OPTION
 * @example
 * ```ts
 * const framing = lengthPrefixed({ bytes: 2, endian: 'little', maxFrameBytes: 8192 });
 * ```
 */
export function lengthPrefixed(options: LengthPrefix = {}): Framing {
  checkOptionNames('lengthPrefixed', options, ['bytes', 'endian', 'maxFrameBytes', 'includesLength']);
  const { bytes = 4, endian = 'big', maxFrameBytes = MAX_FRAME_BYTES, includesLength = false } = options;
  const refuse = (option: string, value: unknown, rule: string) =>
    error('MR_OPTION', { option: `lengthPrefixed: ${option}`, value, rule });
  if (bytes !== 1 && bytes !== 2 && bytes !== 4) throw refuse('bytes', bytes, 'must be 1, 2 or 4');
  if (endian !== 'big' && endian !== 'little') throw refuse('endian', endian, "must be 'big' or 'little'");
  checkWhole('lengthPrefixed: maxFrameBytes', maxFrameBytes, 1);
  checkBoolean('lengthPrefixed: includesLength', includesLength);
  return () => new LengthPrefixedFramer({ bytes, endian, maxFrameBytes, includesLength });
}

class LengthPrefixedFramer implements Framer {
  readonly #prefix: Required<LengthPrefix>;
  /** The beginning of a frame, its length included. */
  readonly #rest = new Rest();

  constructor(prefix: Required<LengthPrefix>) {
    this.#prefix = prefix;
  }

  get pending(): number {
    return this.#rest.length;
  }

  push(chunk: Buffer, take: TakeFrame): void {
    const { bytes } = this.#prefix;
    let at = this.#rest.length === 0 ? 0 : this.#complete(chunk, take);
    // What the rest could not be completed with is all used up.
    while (at < chunk.length) {
      const end = chunk.length - at < bytes ? Number.POSITIVE_INFINITY : at + this.#frameBytes(chunk, at);
      if (end > chunk.length) {
        this.#rest.add(chunk.subarray(at));
        return;
      }
      take(chunk.subarray(at + bytes, end));
      at = end;
    }
  }

  end(): void {
    if (this.#rest.length > 0)
      throw new RangeError(`the connection ended within a frame, after ${this.pending} bytes of it`);
  }

  /** Adds to the frame that was begun what belongs to it. @returns where the next one begins */
  #complete(chunk: Buffer, take: TakeFrame): number {
    const { bytes } = this.#prefix;
    const rest = this.#rest;
    let at = Math.max(0, Math.min(bytes - rest.length, chunk.length));
    rest.add(chunk.subarray(0, at));
    if (rest.length < bytes) return at;
    const from = at;
    at = Math.min(chunk.length, from + this.#frameBytes(rest.bytes, 0) - rest.length);
    rest.add(chunk.subarray(from, at));
    if (rest.length === this.#frameBytes(rest.bytes, 0)) take(rest.take().subarray(bytes));
    return at;
  }

  /** Length of the frame at a position, with the bytes of its length. */
  #frameBytes(buffer: Buffer, at: number): number {
    const { bytes, endian, maxFrameBytes, includesLength } = this.#prefix;
    const written = endian === 'big' ? buffer.readUIntBE(at, bytes) : buffer.readUIntLE(at, bytes);
    const length = includesLength ? written - bytes : written;
    if (length < 0)
      throw new RangeError(`a frame says that it has ${written} bytes with its length, which takes ${bytes}`);
    if (length > maxFrameBytes)
      throw new RangeError(`a frame of ${length} bytes is longer than maxFrameBytes, ${maxFrameBytes}`);
    return bytes + length;
  }
}
