import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { treeFault } from './lmdb-tree.ts';

/*
 * What LMDB itself does not check before it maps a file into memory, where garbage crashes the process: both meta pages have
 * to be meta pages, and all that the newer one leads to has to be within the file.
 *
 *   page: 24 bytes of header; meta: u32 magic, u32 version, u64 address, u64 map size, two databases of 48 bytes (the free pages,
 *   then the entries; the first begins with the page size as u32), u64 last page, u64 transaction
 *
 * That the file is shorter than the last page would have it is no fault: pages at the end may be free and never written.
 */
const MAGIC = 0xbeefc0de;
const META = { magic: 24, pageSize: 48, free: 48, main: 96, lastPage: 144, transaction: 152, end: 160 };
/** Within a database: pages from the root to a leaf, entries, and the root. */
const DATABASE = { depth: 6, entries: 32, root: 40 };

/** The trees of a file as one transaction left them. */
export interface LmdbTrees {
  readonly pageSize: number;
  readonly lastPage: bigint;
  readonly transaction: bigint;
  readonly roots: readonly {
    readonly page: bigint;
    readonly depth: number;
    readonly entries: bigint;
    /** Whether keys are in the order of their bytes. */
    readonly ordered: boolean;
  }[];
}

/** What is wrong with a file that should be LMDB's; null if nothing is, or if there is no file yet. */
export function lmdbFileFault(path: string): string | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw e;
  }
  try {
    if (fstatSync(file).size === 0) return null;
    const trees = newestTrees(file);
    if (typeof trees === 'string') return trees;
    // After the meta pages: the file of a live owner grows meanwhile.
    const fault = treeFault(file, trees, fstatSync(file).size);
    if (fault === null) return null;
    // An owner that writes has changed what was looked at. It is told from a fault by its transaction.
    const now = newestTrees(file);
    return typeof now === 'object' && now.transaction !== trees.transaction ? null : fault;
  } finally {
    closeSync(file);
  }
}

/** The trees of the newest transaction; what is wrong where they cannot be told. */
export function newestTrees(file: number): LmdbTrees | string {
  const first = metaAt(file, 0);
  if (first === null) return 'data.mdb is not a file of LMDB';
  const second = metaAt(file, first.pageSize);
  if (second === null || second.pageSize !== first.pageSize) return 'the second meta page of data.mdb is damaged';
  return second.transaction > first.transaction ? second : first;
}

function metaAt(file: number, at: number): LmdbTrees | null {
  const bytes = Buffer.alloc(META.end);
  if (readSync(file, bytes, 0, META.end, at) < META.end || bytes.readUInt32LE(META.magic) !== MAGIC) return null;
  const pageSize = bytes.readUInt32LE(META.pageSize);
  // A power of two from 256 to 64 K.
  if (pageSize < 256 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) return null;
  return {
    pageSize,
    lastPage: bytes.readBigUInt64LE(META.lastPage),
    transaction: bytes.readBigUInt64LE(META.transaction),
    roots: [META.free, META.main].map((database) => ({
      page: bytes.readBigUInt64LE(database + DATABASE.root),
      depth: bytes.readUInt16LE(database + DATABASE.depth),
      entries: bytes.readBigUInt64LE(database + DATABASE.entries),
      ordered: database === META.main,
    })),
  };
}
