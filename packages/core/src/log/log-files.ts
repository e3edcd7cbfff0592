import { type FileHandle, open, unlink } from 'node:fs/promises';

/** A file that is written from its beginning to its end. */
export interface LogFile {
  /** Writes all buffers, one behind the other, at a place. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What a log does to the file system; tests give one with faults. */
export interface LogFiles {
  /** Makes a file that must not be there yet, and its name durable. */
  create(dir: string, path: string): Promise<LogFile>;
  remove(path: string): Promise<void>;
}

/** Files of the operating system. */
export const systemFiles: LogFiles = {
  async create(dir, path) {
    const file = await open(path, 'wx');
    try {
      // The name of a new file is its directory's data. Windows has no handles on directories, and needs none.
      if (process.platform !== 'win32') {
        const directory = await open(dir, 'r');
        await directory.sync().finally(() => directory.close());
      }
    } catch (e) {
      await file.close();
      throw e;
    }
    return {
      write: (buffers, position) => writeAll(file, buffers, position),
      sync: () => file.datasync(),
      close: () => file.close(),
    };
  },
  remove: unlink,
};

async function writeAll(file: FileHandle, buffers: readonly Uint8Array[], position: number): Promise<void> {
  let rest = buffers;
  let at = position;
  while (rest.length > 0) {
    // The system takes so many at once.
    const { bytesWritten } = await file.writev(rest.slice(0, 1024), at);
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
