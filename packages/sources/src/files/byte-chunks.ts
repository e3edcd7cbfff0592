import type { FileHandle } from 'node:fs/promises';
import { readFully, type TextFile } from './text-file.ts';

/** Bytes that are read at once: enough for the disk, little enough to hold. */
export const CHUNK_BYTES = 2 ** 20;
/** Bytes of the first step beyond a range, in search of the end of its last line. */
const TAIL_BYTES = 2 ** 16;

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
