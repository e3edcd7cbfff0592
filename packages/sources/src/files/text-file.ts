import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { error } from '@millrace/core/connector';

/** Where a file lies: a path, taken from the working directory, or a `file:` URL. */
export type FilePath = string | URL;

/** A file as it was when the job started; what is appended later is not read. Plain data. */
export interface TextFile {
  /** Absolute. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

/** Lines of one file: those that START in [from, to), each whole, wherever it ends. Offsets in bytes; plain data. */
export interface FileRange extends TextFile {
  readonly from: number;
  readonly to: number;
}

/** What a batch has: for each partition the ranges that it reads, in order. Plain data. */
export interface FileBatch {
  readonly partitions: readonly (readonly FileRange[])[];
  /** Lines of each partition, null where nobody has counted them. */
  readonly counts: readonly number[] | null;
}

/**
 * Looks at the files of a source, before any data flows.
 *
 * @param source name of the stream, for the error
 * @throws MR_SOURCE_FAILED with the path, why it cannot be read, and what to do
 * @example
 * ```ts
 * const [log] = await statFiles('logs', ['./app.log']); // { path: '/srv/app.log', size: 1048576 }
 * ```
 */
export async function statFiles(source: string, paths: readonly FilePath[]): Promise<TextFile[]> {
  const files: TextFile[] = [];
  // One after the other: thousands of files must not be open at once.
  for (const path of paths) files.push(await statFile(source, path));
  return files;
}

async function statFile(source: string, given: FilePath): Promise<TextFile> {
  try {
    const path = given instanceof URL ? fileURLToPath(given) : resolve(given);
    // Opening it says more than looking at it: whether this process may read it.
    await using file = await open(path);
    const stats = await file.stat();
    if (stats.isFile()) return { path, size: stats.size };
    throw error('MR_SOURCE_FAILED', {
      source,
      reason: `${path} is ${stats.isDirectory() ? 'a directory' : 'no regular file'}; give the paths of text files`,
    });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'MR_SOURCE_FAILED') throw cause;
    throw error('MR_SOURCE_FAILED', { source, reason: `${given} cannot be read, ${advice(code, message)}` }, { cause });
  }
}

function advice(code: string | undefined, message: string): string {
  switch (code) {
    case 'ENOENT':
      return `there is no such file; create it before start(), or correct the path, which is taken from ${process.cwd()}`;
    case 'EACCES':
    case 'EPERM':
      return 'this process lacks the permission; change the permissions of the file or the user of the process';
    default:
      return message;
  }
}

/**
 * Reads bytes at an offset, all that were asked for.
 *
 * @param source name of the stream, for the error
 * @throws MR_SOURCE_FAILED if the file has become shorter
 */
export async function readFully(
  handle: FileHandle,
  into: Uint8Array,
  offset: number,
  file: TextFile,
  source: string,
): Promise<void> {
  let filled = 0;
  while (filled < into.length) {
    const { bytesRead } = await handle.read(into, filled, into.length - filled, offset + filled);
    if (bytesRead === 0) {
      throw error('MR_SOURCE_FAILED', {
        source,
        reason: `${file.path} had ${file.size} bytes when it was chosen and ends at ${offset + filled} now; files must not be cut while they are read`,
      });
    }
    filled += bytesRead;
  }
}
