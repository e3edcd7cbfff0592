import type { Block } from '@millrace/core';
import { error } from '@millrace/core/connector';

/** Where the bytes lie that a decoder gets, for what it says of bad records. */
export interface Origin {
  /** What they are read from: a path, an address. */
  readonly source: string;
  /** Where they begin in it, in bytes (of the text, where it was compressed). */
  readonly offset: number;
  /** The number of their first line, from 1; null where nobody has counted. */
  readonly line: number | null;
  /** The first line of the source, for decoders that ask for it; else null. */
  readonly header: string | null;
  /** Counts records that were thrown away. */
  dropped(count: number): void;
}

/** Some records: live, or as a block that the task decodes. */
export type Decoded<T> = Block | readonly T[];

interface Loading {
  /** Gets what decoding needs, such as an optional package. Awaited in each thread before anything is decoded there. */
  load?(): Promise<void>;
}

/** For text with one record a line: sources hand over whole lines, and may cut anywhere between two of them. */
export interface LinesDecoder<T> extends Loading {
  readonly framing: 'lines';
  /** True where the first line of a source is no record but says how to read the others: `origin.header`. */
  readonly header?: boolean;
  /** @param bytes whole lines, of which the last need not end with a newline */
  decode(bytes: Uint8Array, origin: Origin): Decoded<T>;
}

/** For records of one length: sources hand over whole records, and may cut anywhere between two of them. */
export interface FixedDecoder<T> extends Loading {
  readonly framing: 'fixed';
  /** Bytes of a record. */
  readonly recordBytes: number;
  /** @param bytes whole records */
  decode(bytes: Uint8Array, origin: Origin): Decoded<T>;
}

/** For everything else: one decoder goes through a source from its beginning to its end, so it cannot be split. */
export interface StreamDecoder<T> extends Loading {
  readonly framing: 'stream';
  /** @param chunks the bytes, cut anywhere */
  decode(chunks: AsyncIterable<Uint8Array>, origin: Origin): AsyncIterable<Decoded<T>>;
}

/**
 * Turns bytes into records. `framing` says where records begin and end, so that a source knows where it may cut. Runs
 * inside tasks: it depends on its arguments and imports alone.
 *
 * @example Numbers of two bytes:
 * ```ts
 * const shorts: Decoder<number> = {
 *   framing: 'fixed',
 *   recordBytes: 2,
 *   decode: (bytes) => Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i] * 256 + bytes[2 * i + 1]),
 * };
 * ```
 */
export type Decoder<T> = LinesDecoder<T> | FixedDecoder<T> | StreamDecoder<T>;

/** Refuses what is no decoder. @throws MR_OPTION */
export function checkedDecoder<T>(option: string, decoder: Decoder<T>): Decoder<T> {
  const { framing, decode, load } = (decoder ?? {}) as Partial<Decoder<T>>;
  const refuse = (rule: string): never => {
    throw error('MR_OPTION', { option, value: decoder, rule });
  };
  if (typeof decode !== 'function')
    refuse('must be a decoder: { framing, decode }, as textLines() or jsonLines() make it');
  if (load !== undefined && typeof load !== 'function') refuse('must have a function as `load`, or none');
  if (framing !== 'lines' && framing !== 'fixed' && framing !== 'stream')
    refuse("must have a `framing` of 'lines', 'fixed' or 'stream'");
  const { recordBytes } = decoder as Partial<FixedDecoder<T>>;
  if (framing === 'fixed' && !(Number.isSafeInteger(recordBytes) && (recordBytes as number) >= 1))
    refuse('must have a whole number of at least 1 as `recordBytes`');
  return decoder;
}
