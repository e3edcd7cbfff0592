import { readSync } from 'node:fs';
import type { LmdbTrees } from './lmdb-file.ts';

/*
 * A walk over the trees of a file of LMDB, by reads and not by memory: branches and leaves, not what is in values, which have
 * checksums. One page for some sixty values, so it is short beside what follows. Keys have to be in order and as many as there
 * should be: a search that is led astray would find less and say nothing.
 *
 *   page   u64 number, u64 transaction, u16, u16 flags, u16 lower, u16 upper; then a u16 for each node: where it is, behind the header.
 *          `lower` is two bytes for each node, as the header is left out of it.
 *   node   u16, u16, u16: in a branch a page number; in a leaf the size of the value as u32, and flags; u16 size of the key; key; value
 *   value  in the leaf, or for large ones u64 page, u64 transaction, u64 number of pages
 */
export const HEADER = 24;
export const NODE = 8;
const BRANCH = 1;
export const LEAF = 2;
/** Of a node: the value has pages of its own. */
export const LARGE = 1;
const LARGE_VALUE = 24;
export const NONE = 0xffff_ffff_ffff_ffffn;

/** What is wrong with the trees of a file of so many bytes; null if nothing is. */
export function treeFault(file: number, trees: LmdbTrees, bytes: number): string | null {
  const walk = new Walk(file, trees, bytes);
  for (const tree of trees.roots) {
    if (tree.page === NONE) continue;
    const fault = walk.tree(tree);
    if (fault !== null) return `data.mdb: ${fault}`;
  }
  return null;
}

class Walk {
  readonly #file: number;
  readonly #pageSize: number;
  /** Pages that there are. */
  readonly #pages: bigint;
  #seen = 0n;
  #entries = 0n;
  /** The key before, or in a branch the least that may follow. Keys of free pages are numbers of the machine: null. */
  #last: Buffer | null = null;
  #mayEqual = false;

  constructor(file: number, { pageSize, lastPage }: LmdbTrees, bytes: number) {
    this.#file = file;
    this.#pageSize = pageSize;
    const whole = BigInt(Math.floor(bytes / pageSize));
    this.#pages = whole < lastPage + 1n ? whole : lastPage + 1n;
  }

  tree({ page, depth, entries, ordered }: LmdbTrees['roots'][number]): string | null {
    this.#entries = 0n;
    this.#last = ordered ? Buffer.alloc(0) : null;
    const fault = this.#page(page, depth);
    if (fault !== null || this.#entries === entries) return fault;
    return `it has ${this.#entries} entries where there should be ${entries}`;
  }

  /** @param depth pages from here to a leaf, both counted */
  #page(number: bigint, depth: number): string | null {
    if (number < 2n || number >= this.#pages)
      return `page ${number} is not within the ${this.#pages} pages of the file`;
    // A page that leads back to one above it.
    if (++this.#seen > this.#pages) return `page ${number} is reached more than once`;
    const page = Buffer.allocUnsafe(this.#pageSize);
    if (readSync(this.#file, page, 0, page.length, Number(number) * page.length) < page.length)
      return `page ${number} cannot be read`;
    const lower = page.readUInt16LE(20);
    const nodes = lower >> 1;
    const flags = page.readUInt16LE(18);
    const leaf = depth === 1;
    if (page.readBigUInt64LE(0) !== number || flags !== (leaf ? LEAF : BRANCH) || nodes < (leaf ? 1 : 2))
      return `page ${number} is damaged`;
    if (lower > page.readUInt16LE(22) || page.readUInt16LE(22) > page.length - HEADER)
      return `page ${number} is damaged`;
    for (let i = 0; i < nodes; i++) {
      const at = page.readUInt16LE(HEADER + 2 * i) + HEADER;
      if (at < HEADER + lower || at + NODE > page.length) return `node ${i} of page ${number} is damaged`;
      const fault = leaf ? this.#leaf(page, at) : this.#branch(page, at, depth, i > 0);
      if (fault !== null) return fault === '' ? `node ${i} of page ${number} is damaged` : fault;
    }
    return null;
  }

  #branch(page: Buffer, at: number, depth: number, hasKey: boolean): string | null {
    const end = at + NODE + page.readUInt16LE(at + 6);
    if (end > page.length || (hasKey && !this.#follows(page.subarray(at + NODE, end), true))) return '';
    return this.#page(BigInt(page.readUIntLE(at, 6)), depth - 1);
  }

  #leaf(page: Buffer, at: number): string | null {
    const size = page.readUInt32LE(at);
    const flags = page.readUInt16LE(at + 4);
    const value = at + NODE + page.readUInt16LE(at + 6);
    if (value > page.length || !this.#follows(page.subarray(at + NODE, value), false)) return '';
    this.#entries += 1n;
    if (flags !== LARGE) return flags !== 0 || value + size > page.length ? '' : null;
    if (value + LARGE_VALUE > page.length) return '';
    const first = page.readBigUInt64LE(value);
    const count = page.readBigUInt64LE(value + 16);
    if (count * BigInt(page.length) < BigInt(size + HEADER)) return '';
    return first < 2n || first + count > this.#pages ? 'a value is not within the file' : null;
  }

  /** @param mayEqual whether the next key may be the same, as that of a branch and of the first leaf below it */
  #follows(key: Buffer, mayEqual: boolean): boolean {
    if (this.#last === null) return true;
    const order = Buffer.compare(this.#last, key);
    const follows = order < 0 || (order === 0 && this.#mayEqual);
    this.#last = key;
    this.#mayEqual = mayEqual;
    return follows;
  }
}
