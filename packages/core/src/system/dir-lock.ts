import { statSync, truncateSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** SQLITE_BUSY. */
const BUSY = 5;

/**
 * A directory that one process has to itself, until it lets go or dies, however it dies. The system holds the lock, by way of
 * SQLite, whose file it is on: Node has no file locks of its own. LMDB has some, but not for opening it: processes that open and
 * close it at the same time have been seen to hang and to crash in it.
 */
export class DirLock {
  readonly #file: DatabaseSync;

  private constructor(file: DatabaseSync) {
    this.#file = file;
  }

  /** Takes the lock on a file, which is made if it is not there; null if somebody has it. @throws what the system or SQLite says */
  static take(path: string): DirLock | null {
    try {
      return DirLock.#take(path);
    } catch (e) {
      // Nothing is ever written to it, and who looks at what is in it has found that nobody has it. Cut off and not
      // replaced: the lock is the file's, not the name's.
      if (!hasBytes(path)) throw e;
      truncateSync(path);
      return DirLock.#take(path);
    }
  }

  static #take(path: string): DirLock | null {
    const file = new DatabaseSync(path);
    try {
      file.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
      return new DirLock(file);
    } catch (e) {
      file.close();
      if ((e as { errcode?: number }).errcode === BUSY) return null;
      throw e;
    }
  }

  release(): void {
    this.#file.close();
  }
}

function hasBytes(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && found.size > 0;
}
