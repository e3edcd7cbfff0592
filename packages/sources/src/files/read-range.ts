import { type FileHandle, open } from 'node:fs/promises';
import { isMillraceError } from '@millrace/core';
import { error } from '@millrace/core/connector';
import type { Decoded, Decoder, FixedDecoder, LinesDecoder, Origin } from '../decode/decoder.ts';
import { CHUNK_BYTES, fileChunks } from './byte-chunks.ts';
import { lineChunks } from './line-chunks.ts';
import type { FileRange } from './text-file.ts';
import { compressionOf, unpacked } from './unpack.ts';

/** How ranges are read. */
export interface ReadSettings<T> {
  /** The stream's name, for errors. */
  readonly source: string;
  readonly decoder: Decoder<T>;
  /** Longest line in bytes, where it does not fit in one chunk anyway. */
  readonly maxLineBytes: number;
  /** Counts bad records that were dropped. */
  readonly dropped?: (count: number) => void;
  /** Bytes that are read at once, 1 MB unless given. */
  readonly chunkBytes?: number;
}

/**
 * Reads the records that begin in some ranges, piece after piece. What runs inside tasks: it depends on its arguments and
 * the files alone.
 *
 * @throws MR_SOURCE_FAILED, with the path, for a file that is gone, was cut, or cannot be read; MR_BAD_RECORD
 * @example Lines 'b' and 'c' of a file "a\nb\nc\n":
 * ```ts
 * const pieces = readRanges([{ path: './abc', size: 6, from: 1, to: 6 }], {
 *   source: 'letters',
 *   decoder: textLines(),
 *   maxLineBytes: 2 ** 20,
 * });
 * ```
 */
export async function* readRanges<T>(
  ranges: readonly FileRange[],
  settings: ReadSettings<T>,
): AsyncGenerator<Decoded<T>, void, undefined> {
  await settings.decoder.load?.();
  for (const range of ranges) {
    try {
      await using handle = await open(range.path);
      yield* readRange(handle, range, settings);
    } catch (cause) {
      if (isMillraceError(cause)) throw cause;
      throw error('MR_SOURCE_FAILED', { source: settings.source, reason: reasonOf(range.path, cause) }, { cause });
    }
  }
}

function readRange<T>(handle: FileHandle, range: FileRange, settings: ReadSettings<T>): AsyncIterable<Decoded<T>> {
  const { decoder } = settings;
  switch (decoder.framing) {
    case 'lines':
      return readLines(handle, range, decoder, settings);
    case 'fixed':
      return readFixed(handle, range, decoder, settings);
    case 'stream':
      return decoder.decode(bytesOf(handle, range, 0, settings), originOf(range, settings, { offset: 0, line: 1 }));
  }
}

async function* readLines<T>(
  handle: FileHandle,
  range: FileRange,
  decoder: LinesDecoder<T>,
  settings: ReadSettings<T>,
): AsyncGenerator<Decoded<T>, void, undefined> {
  let header: string | null = null;
  if (decoder.header === true && range.from > 0) {
    // The first line of the file says how to read this range, too.
    const first = { ...range, from: 0, to: 1 };
    for await (const { bytes } of lineChunks(bytesOf(handle, first, 0, settings), first, settings))
      header = textOf(withoutMark(bytes));
  }
  const begin = Math.max(0, range.from - 1);
  // What is packed is one range, and the end of its text is not known.
  const limits = compressionOf(range.path) === null ? range : { ...range, to: Number.POSITIVE_INFINITY };
  for await (const chunk of lineChunks(bytesOf(handle, range, begin, settings), limits, settings)) {
    let { bytes, offset } = chunk;
    let line = offset === 0 ? 1 : null;
    if (offset === 0) {
      const marked = bytes.length;
      bytes = withoutMark(bytes);
      offset += marked - bytes.length;
      if (decoder.header === true) {
        const end = bytes.indexOf(10) + 1 || bytes.length;
        header = textOf(bytes.subarray(0, end));
        bytes = bytes.subarray(end);
        offset += end;
        line = 2;
      }
    }
    if (bytes.length > 0) yield decoder.decode(bytes, originOf(range, settings, { offset, line, header }));
  }
}

async function* readFixed<T>(
  handle: FileHandle,
  range: FileRange,
  decoder: FixedDecoder<T>,
  settings: ReadSettings<T>,
): AsyncGenerator<Decoded<T>, void, undefined> {
  const { recordBytes } = decoder;
  let rest: Uint8Array = new Uint8Array(0);
  let offset = range.from;
  for await (const chunk of withinRange(bytesOf(handle, range, range.from, settings), range)) {
    const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = all.length - (all.length % recordBytes);
    rest = all.subarray(whole);
    if (whole > 0) yield decoder.decode(all.subarray(0, whole), originOf(range, settings, { offset, line: null }));
    offset += whole;
  }
  if (rest.length === 0) return;
  throw error('MR_BAD_RECORD', {
    source: range.path,
    where: `byte ${offset}`,
    reason: `${rest.length} bytes are left at the end, and a record has ${recordBytes}: the file has ${offset + rest.length} bytes`,
  });
}

/** The bytes of a range's file from an offset on; all of them, as they are when unpacked, where the file is compressed. */
function bytesOf<T>(
  handle: FileHandle,
  range: FileRange,
  from: number,
  { source, chunkBytes = CHUNK_BYTES }: ReadSettings<T>,
): AsyncIterable<Uint8Array> {
  const packed = compressionOf(range.path);
  if (packed === null) return fileChunks(handle, range, { from, to: range.to, chunkBytes, source });
  return unpacked(fileChunks(handle, range, { from: 0, to: range.size, chunkBytes, source }), packed);
}

/** Records of one length end with their range. What is packed has one range, whose end is that of the packed bytes. */
async function* withinRange(chunks: AsyncIterable<Uint8Array>, range: FileRange): AsyncIterable<Uint8Array> {
  let left = compressionOf(range.path) === null ? range.to - range.from : Number.POSITIVE_INFINITY;
  for await (const chunk of chunks) {
    yield chunk;
    left -= chunk.length;
    if (left <= 0) return;
  }
}

function originOf<T>(
  range: FileRange,
  settings: ReadSettings<T>,
  at: Pick<Origin, 'offset' | 'line'> & Partial<Origin>,
): Origin {
  return { source: range.path, header: null, dropped: settings.dropped ?? (() => {}), ...at };
}

/** Without the byte order mark that some programs put before UTF-8. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function reasonOf(path: string, cause: unknown): string {
  if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
    return `${path} was there when it was chosen and is gone now; leave files where they are until their batch has ended`;
  return `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
}
