import { statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { below, type Database, type ReadyChange } from './lmdb-commit.ts';

/*
 * Whether a disk has room for a commit, asked before LMDB begins it. Where the system refuses a write of a page (ENOSPC), LMDB for Node
 * 3.5.6 writes the text of its error past the end of what it took for it (mdb_page_flush: 100 bytes, numbers that were never set):
 * the heap is damaged, and the process may end with SIGABRT, without a word to anybody.
 */

const PAGE = 4096;
/** Pages from the root to a leaf, each copied when what is below it changes, and one that a leaf is divided into. */
const PAGES_FOR_EACH = 5;
/** For lists of free pages, and for who else writes to the disk meanwhile: the log of what was received. */
const RESERVE = 2 ** 19;

/** A disk, or what a user may have of it, is too full for a commit to be begun. */
export class NoRoom extends Error {
  constructor(needed: number, room: number) {
    super(`ENOSPC: no space left: its disk has ${room} bytes of room, and a commit may take ${needed}`);
  }
}

/** The most bytes that a commit adds to the file, and what should be left besides. */
export function bytesNeeded(db: Database, changes: readonly ReadyChange[], fileBytes: number): number {
  let data = 0;
  let keys = 0;
  for (const { key, value, prefix } of changes) {
    keys += 1;
    if (value !== null) data += pagesOf(key.length + value.length);
    // With an empty prefix everything: no more than what the file has.
    else if (prefix) keys += db.getCount(below(key));
  }
  return data + Math.min(keys * PAGES_FOR_EACH * PAGE, fileBytes) + RESERVE;
}

/** @throws NoRoom; what the system says where the disk cannot be asked */
export function assertRoom(where: string, db: Database, changes: readonly ReadyChange[]): void {
  const { bavail, bsize } = statfsSync(where);
  const room = bavail * bsize;
  const needed = bytesNeeded(db, changes, statSync(join(where, 'data.mdb')).size);
  if (room < needed) throw new NoRoom(needed, room);
}

/** What a value takes: within a leaf, or in pages of its own behind a header. */
function pagesOf(bytes: number): number {
  return (Math.ceil((bytes + 64) / PAGE) + 1) * PAGE;
}
