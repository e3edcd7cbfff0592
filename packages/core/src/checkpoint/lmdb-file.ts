import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/*
 * What LMDB itself does not check before it maps a file into memory, where garbage crashes the process: both meta pages have
 * to be meta pages, and the file has to be as long as the newer one says.
 *
 *   page: 24 bytes of header; meta: u32 magic, u32 version, u64 address, u64 map size, two databases of 48 bytes (the first
 *   begins with the page size as u32), u64 last page, u64 transaction
 */
const MAGIC = 0xbeefc0de;
const META = { magic: 24, pageSize: 48, lastPage: 144, transaction: 152, end: 160 };

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
    const { size } = fstatSync(file);
    if (size === 0) return null;
    const first = metaAt(file, 0);
    if (first === null) return 'data.mdb is not a file of LMDB';
    const second = metaAt(file, first.pageSize);
    if (second === null) return 'the second meta page of data.mdb is damaged';
    const newest = second.transaction > first.transaction ? second : first;
    const needed = (newest.lastPage + 1n) * BigInt(first.pageSize);
    if (BigInt(size) < needed) return `data.mdb has ${size} bytes where there should be ${needed}`;
    return null;
  } finally {
    closeSync(file);
  }
}

function metaAt(file: number, at: number) {
  const bytes = Buffer.alloc(META.end);
  if (readSync(file, bytes, 0, META.end, at) < META.end || bytes.readUInt32LE(META.magic) !== MAGIC) return null;
  return {
    pageSize: bytes.readUInt32LE(META.pageSize),
    lastPage: bytes.readBigUInt64LE(META.lastPage),
    transaction: bytes.readBigUInt64LE(META.transaction),
  };
}
