import { closeSync, fdatasyncSync, openSync, readSync, writeSync } from 'node:fs';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DirLock } from '../system/dir-lock.ts';

/** A file that is written from its beginning to its end. */
export interface LogFile {
  /** Writes all buffers, one behind the other, at a place. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  sync(): Promise<void>;
  /** Cuts it off at a length. */
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** What a log does to the file system; tests give one with faults. */
export interface LogFiles {
  /**
   * Makes a file that must not be there yet, with its first bytes, and makes these and its name durable: a file whose first bytes
   * are damaged is one in which something else is, too.
   */
  create(dir: string, path: string, header: Uint8Array): Promise<LogFile>;
  /** Puts a whole file in the place of another, or of none: durable when it resolves, and never a part of it. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  /** Deletes a file, durably, so that none comes back when a later one does not. */
  remove(path: string): Promise<void>;
  /**
   * What can be read of a file from a place on is on disk when this returns. It is written once more: after a sync that failed the
   * system may show what it will never write, and call the next sync a success.
   */
  rewrite(path: string, from: number): void;
  /** Takes the lock on a file until it is let go or the process dies; null if somebody has it. */
  lock(path: string): { release(): void } | null;
}

/** Files of the operating system. */
export const systemFiles: LogFiles = {
  async create(dir, path, header) {
    const file = await open(path, 'wx');
    try {
      await writeAll(file, [header], 0);
      await file.datasync();
      await syncDirectory(dir);
    } catch (e) {
      await file.close();
      // Nobody knows of it yet. Where it cannot be deleted, it is found to have no records.
      await unlink(path).catch(() => {});
      throw e;
    }
    return {
      write: (buffers, position) => writeAll(file, buffers, position),
      sync: () => file.datasync(),
      truncate: (length) => file.truncate(length),
      close: () => file.close(),
    };
  },
  async replace(path, bytes) {
    const made = `${path}.new`;
    const file = await open(made, 'w');
    try {
      await writeAll(file, [bytes], 0);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(made, path);
    await syncDirectory(dirname(path));
  },
  async remove(path) {
    // One that is gone may come back, as long as its directory is not synced.
    await unlink(path).catch((e: NodeJS.ErrnoException) => {
      if (e.code !== 'ENOENT') throw e;
    });
    await syncDirectory(dirname(path));
  },
  rewrite(path, from) {
    const file = openSync(path, 'r+');
    try {
      const chunk = Buffer.allocUnsafe(2 ** 20);
      for (let at = from; ; ) {
        const length = readSync(file, chunk, 0, chunk.length, at);
        if (length === 0) break;
        for (let done = 0; done < length; ) done += writeSync(file, chunk, done, length - done, at + done);
        at += length;
      }
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
  },
  lock: (path) => DirLock.take(path),
};

/** The names of files are their directory's data. Windows has no handles on directories, and needs none. */
async function syncDirectory(dir: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(dir, 'r');
  await directory.sync().finally(() => directory.close());
}

async function writeAll(file: FileHandle, buffers: readonly Uint8Array[], position: number): Promise<void> {
  let rest = buffers;
  let at = position;
  while (rest.length > 0) {
    // The system takes so many at once.
    const { bytesWritten } = await file.writev(rest.slice(0, 1024), at);
    if (bytesWritten === 0 && rest.slice(0, 1024).some((b) => b.length > 0)) throw new Error('nothing was written');
    at += bytesWritten;
    rest = behind(rest, bytesWritten);
  }
}

/** What is left of buffers behind their first bytes. */
function behind(buffers: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes;
  for (const [i, buffer] of buffers.entries()) {
    if (left < buffer.length) return [buffer.subarray(left), ...buffers.slice(i + 1)];
    left -= buffer.length;
  }
  return [];
}
