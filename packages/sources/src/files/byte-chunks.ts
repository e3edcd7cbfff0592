import type { FileHandle } from 'node:fs/promises';
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { readFully, type TextFile } from './text-file.ts';

/** Bytes that are read at once: enough for the disk, little enough to hold. */
export const CHUNK_BYTES = 2 ** 20;
/** Bytes of the first step beyond a range, in search of the end of its last line. */
const TAIL_BYTES = 2 ** 16;

/** How a file is compressed, by the ending of its name; null if it is not. A compressed file cannot be split. */
export function compressionOf(path: string): 'gzip' | 'zstd' | null {
  if (path.endsWith('.gz')) return 'gzip';
  return path.endsWith('.zst') ? 'zstd' : null;
}

/**
 * The bytes of a file from an offset on, up to `to` in large chunks and beyond it in small ones, since who reads on there
 * looks for the end of a line only. Each chunk has memory of its own. Ends where the file ended when it was chosen.
 *
 * @throws MR_SOURCE_FAILED when the file has become shorter
 */
export async function* fileChunks(
  handle: FileHandle,
  file: TextFile,
  { from, to, chunkBytes, source }: { from: number; to: number; chunkBytes: number; source: string },
): AsyncGenerator<Uint8Array, void, undefined> {
  let beyond = TAIL_BYTES;
  for (let at = from; at < file.size; ) {
    const length = at < to ? Math.min(chunkBytes, to - at) : Math.min(beyond, file.size - at);
    if (at >= to) beyond = Math.min(beyond * 2, CHUNK_BYTES);
    const bytes = new Uint8Array(length);
    await readFully(handle, bytes, at, file, source);
    yield bytes;
    at += length;
  }
}

/** The text of a compressed file, as it flows. Frees what it holds when it is left early. */
export function decompressed(chunks: AsyncIterable<Uint8Array>, how: 'gzip' | 'zstd'): AsyncIterable<Uint8Array> {
  const options = { chunkSize: CHUNK_BYTES / 4 };
  const transform: Transform = how === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
  // Who iterates over the transform gets the error, so nobody is to be told here.
  return pipeline(Readable.from(chunks), transform, () => {});
}
