import { closeSync, openSync, readSync } from 'node:fs';
import { type LmdbTrees, newestTrees } from './lmdb-file.ts';
import { HEADER, LARGE, LEAF, NODE, NONE } from './lmdb-tree.ts';

/*
 * Entries of a file of LMDB as one transaction left them, by reads alone: LMDB itself would write to its lock file even to look at
 * what is another process's. Nothing keeps an owner from going on meanwhile, and from using pages again that this snapshot needs.
 * Each page says which transaction wrote it, so that a page of a later one is recognised: its header is looked at before and after
 * what is behind it is read, since whoever writes a page begins with its header.
 */

/** Reads bytes of a value; those behind its end are left out. */
export type ReadBytes = (offset: number, length: number) => Buffer;

/** A value that was found and not read. */
export interface LmdbValue {
  readonly size: number;
  /** @throws LmdbMoved, LmdbDamaged */
  readonly read: ReadBytes;
}

/** An entry, whose value has not been read. */
export interface LmdbEntry {
  readonly key: Buffer;
  readonly value: LmdbValue;
}

/** The owner has written over what was being read: it has to be begun anew. */
export class LmdbMoved extends Error {}

/** What is there is not what LMDB writes. */
export class LmdbDamaged extends Error {}

/** One snapshot of a file. Sees what was committed when it was opened. */
export class LmdbSnapshot {
  readonly #file: number;
  readonly #trees: LmdbTrees;

  /** @throws LmdbDamaged, and what the system says */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
    try {
      const trees = newestTrees(this.#file);
      if (typeof trees === 'string') throw new LmdbDamaged(trees);
      this.#trees = trees;
    } catch (e) {
      closeSync(this.#file);
      throw e;
    }
  }

  /** How many entries there are. */
  get size(): number {
    return Number(this.#main.entries);
  }

  /** Entries with start <= key < end, in order. @throws LmdbMoved, LmdbDamaged */
  entries(start: Buffer, end: Buffer): Generator<LmdbEntry> {
    return this.#main.page === NONE ? none() : this.#below(this.#main.page, this.#main.depth, start, end);
  }

  /** The value of a key. @throws LmdbMoved, LmdbDamaged */
  get(key: Buffer): LmdbValue | undefined {
    for (const entry of this.entries(key, Buffer.concat([key, Buffer.from([0])]))) return entry.value;
    return undefined;
  }

  /**
   * All entries, with everything looked at that leads to them: what the branches say, the order of the keys, how many there are.
   * @throws LmdbMoved, LmdbDamaged
   */
  *all(): Generator<LmdbEntry> {
    let count = 0;
    let before: Buffer | null = null;
    const { page, depth } = this.#main;
    for (const entry of page === NONE ? none() : this.#whole(page, depth, null, null)) {
      if (before !== null && Buffer.compare(before, entry.key) >= 0) this.refuse('keys are not in order');
      before = entry.key;
      count += 1;
      yield entry;
    }
    if (count !== this.size) this.refuse(`${count} of ${this.size} entries are there`);
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Says that something cannot be: the owner has moved on, or the file is damaged. */
  refuse(what: string): never {
    if (this.#hasMoved()) throw new LmdbMoved(what);
    throw new LmdbDamaged(`data.mdb: ${what}`);
  }

  #hasMoved(): boolean {
    const now = newestTrees(this.#file);
    return typeof now === 'object' && now.transaction !== this.#trees.transaction;
  }

  get #main(): LmdbTrees['roots'][number] {
    return this.#trees.roots[1] as LmdbTrees['roots'][number];
  }

  *#below(number: bigint, depth: number, start: Buffer, end: Buffer): Generator<LmdbEntry> {
    const { page, nodes, leaf } = this.#level(number, depth);
    for (let i = 0; i < nodes; i++) {
      const key = this.#keyAt(page, i, number);
      // The first key of a branch says nothing: all that is less is below it.
      if (Buffer.compare(key, end) >= 0 && (leaf || i > 0)) return;
      if (leaf) {
        if (Buffer.compare(key, start) >= 0) yield { key, value: this.#valueAt(page, i, number) };
        continue;
      }
      if (i + 1 < nodes && Buffer.compare(this.#keyAt(page, i + 1, number), start) <= 0) continue;
      yield* this.#below(BigInt(page.readUIntLE(this.#nodeAt(page, i, number), 6)), depth - 1, start, end);
    }
  }

  /** All below a page, whose keys are to be at least `low` and less than `high`. */
  *#whole(number: bigint, depth: number, low: Buffer | null, high: Buffer | null): Generator<LmdbEntry> {
    const { page, nodes, leaf } = this.#level(number, depth);
    for (let i = 0; i < nodes; i++) {
      const key = this.#keyAt(page, i, number);
      if (leaf) {
        if ((low !== null && Buffer.compare(key, low) < 0) || (high !== null && Buffer.compare(key, high) >= 0))
          this.refuse(`page ${number} is not where its keys belong`);
        yield { key, value: this.#valueAt(page, i, number) };
        continue;
      }
      const child = BigInt(page.readUIntLE(this.#nodeAt(page, i, number), 6));
      const next = i + 1 < nodes ? this.#keyAt(page, i + 1, number) : high;
      yield* this.#whole(child, depth - 1, i === 0 ? low : key, next);
    }
  }

  /** A page of the tree, and how many nodes it has. */
  #level(number: bigint, depth: number): { readonly page: Buffer; readonly nodes: number; readonly leaf: boolean } {
    const page = this.#page(number);
    const leaf = depth === 1;
    if (((page.readUInt16LE(18) & LEAF) !== 0) !== leaf) this.refuse(`page ${number} is damaged`);
    return { page, nodes: page.readUInt16LE(20) >> 1, leaf };
  }

  #nodeAt(page: Buffer, i: number, number: bigint): number {
    const slot = HEADER + 2 * i;
    const at = slot + 2 > page.length ? page.length : page.readUInt16LE(slot) + HEADER;
    if (at + NODE > page.length) this.refuse(`node ${i} of page ${number} is damaged`);
    return at;
  }

  #keyAt(page: Buffer, i: number, number: bigint): Buffer {
    const at = this.#nodeAt(page, i, number) + NODE;
    const end = at + page.readUInt16LE(at - 2);
    if (end > page.length) this.refuse(`node ${i} of page ${number} is damaged`);
    return page.subarray(at, end);
  }

  #valueAt(page: Buffer, i: number, number: bigint): LmdbValue {
    const node = this.#nodeAt(page, i, number);
    const size = page.readUInt32LE(node);
    const at = node + NODE + page.readUInt16LE(node + 6);
    if ((page.readUInt16LE(node + 4) & LARGE) === 0) {
      if (at + size > page.length) this.refuse(`node ${i} of page ${number} is damaged`);
      return { size, read: (offset, length) => page.subarray(at + offset, at + Math.min(size, offset + length)) };
    }
    if (at + 16 > page.length) this.refuse(`node ${i} of page ${number} is damaged`);
    const first = page.readBigUInt64LE(at);
    const written = page.readBigUInt64LE(at + 8);
    return { size, read: (offset, length) => this.#large(first, written, offset, Math.min(size - offset, length)) };
  }

  /** Bytes of a value that has pages of its own. */
  #large(first: bigint, written: bigint, offset: number, length: number): Buffer {
    const at = Number(first) * this.#trees.pageSize;
    const bytes = Buffer.allocUnsafe(Math.max(0, length));
    const read = this.#read(bytes, at + HEADER + offset);
    const header = Buffer.alloc(HEADER);
    this.#read(header, at);
    if (read < length || header.readBigUInt64LE(0) !== first || header.readBigUInt64LE(8) !== written)
      this.refuse(`the value at page ${first} is not there`);
    return bytes;
  }

  #page(number: bigint): Buffer {
    const { pageSize, transaction } = this.#trees;
    const page = Buffer.allocUnsafe(pageSize);
    const at = Number(number) * pageSize;
    const read = this.#read(page, at);
    const header = Buffer.alloc(HEADER);
    this.#read(header, at);
    if (read < pageSize || page.readBigUInt64LE(0) !== number || !header.equals(page.subarray(0, HEADER)))
      this.refuse(`page ${number} is damaged`);
    // A large transaction marks some of its pages with more than its number: as long as none followed they are its own.
    if (page.readBigUInt64LE(8) > transaction && this.#hasMoved()) throw new LmdbMoved(`page ${number}`);
    return page;
  }

  #read(into: Buffer, at: number): number {
    return readSync(this.#file, into, 0, into.length, at);
  }
}

function* none(): Generator<never> {}
