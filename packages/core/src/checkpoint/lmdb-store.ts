import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { RootDatabase } from 'lmdb';
import { error, isMillraceError } from '../errors/index.ts';
import { SystemClock } from '../schedule/clock.ts';
import { keyBytes, keyOf } from './key-bytes.ts';
import { lmdbFileFault } from './lmdb-file.ts';
import { isAlive, type Owner, thisOwner } from './owner.ts';
import type { CheckpointStore, EntriesOptions, StoreChange, StoreEntry, StoreKey } from './store.ts';

/** Options of `lmdbStore`. */
export interface LmdbStoreOptions {
  /** Opens it to be looked at: nothing is written, and it may be somebody else's. */
  readonly readOnly?: boolean;
  /** Hears that a store was taken over from a process that has died; `console.warn` unless given. */
  readonly warn?: (message: string) => void;
}

/** The format of this version: how keys and values are written. */
const FORMAT = 1;
/** Keys of the store itself: they begin with a byte that no other key begins with. */
const FORMAT_KEY = Buffer.from([0, 1]);
const OWNER_KEY = Buffer.from([0, 2]);
/** Above all keys with a prefix: no part of a key begins with it. */
const ABOVE = Buffer.from([255]);

type Database = RootDatabase<Buffer, Buffer>;

/**
 * A store in a directory, with LMDB: transactions, each on disk when it is done, whatever happens to the process. Every value has a
 * checksum. The directory is made if it is not there.
 *
 * @throws MR_OPTION
 * @example
 * ```ts
 * const store = lmdbStore('/var/lib/my-job/checkpoint');
 * ssc.checkpoint(store);
 * ```
 */
export function lmdbStore(dir: string, options: LmdbStoreOptions = {}): CheckpointStore {
  if (typeof dir !== 'string' || dir === '')
    throw error('MR_OPTION', { option: 'lmdbStore: dir', value: dir, rule: 'must be the path of a directory' });
  return new LmdbStore(dir, options);
}

class LmdbStore implements CheckpointStore {
  readonly where: string;
  readonly #readOnly: boolean;
  readonly #warn: (message: string) => void;
  #db: Database | null = null;
  #failure: Error | null = null;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(dir: string, options: LmdbStoreOptions) {
    this.where = dir;
    this.#readOnly = options.readOnly ?? false;
    this.#warn = options.warn ?? ((message) => console.warn(`millrace: ${message}`));
  }

  async open(): Promise<void> {
    if (this.#db !== null)
      throw error('MR_CHECKPOINT_OWNED', { where: this.where, pid: process.pid, since: 'just now' });
    const { open } = await import('lmdb');
    try {
      if (!this.#readOnly) mkdirSync(this.where, { recursive: true });
      else readdirSync(this.where);
      const fault = lmdbFileFault(join(this.where, 'data.mdb'));
      if (fault !== null) throw error('MR_CHECKPOINT_CORRUPT', { where: this.where, what: fault });
      this.#db = open({
        path: this.where,
        encoding: 'binary',
        keyEncoding: 'binary',
        // A commit that is reported is on disk.
        overlappingSync: false,
        cache: false,
        readOnly: this.#readOnly,
      }) as unknown as Database;
    } catch (e) {
      throw this.#refused(e);
    }
    this.#failure = null;
    try {
      if (this.#readOnly) this.#checkFormat(this.#db.getBinary(FORMAT_KEY));
      else this.#becomeOwner(this.#db);
    } catch (e) {
      const db = this.#db;
      this.#db = null;
      await db.close();
      throw this.#refused(e);
    }
  }

  get(key: StoreKey): Uint8Array | undefined {
    const bytes = this.#opened.getBinary(keyBytes(key));
    return bytes === undefined ? undefined : this.#unsealed(bytes, key);
  }

  *entries(prefix: StoreKey, { reverse = false, limit }: EntriesOptions = {}): Iterable<StoreEntry> {
    const from = prefix.length === 0 ? Buffer.from([1]) : keyBytes(prefix);
    const to = Buffer.concat([keyBytes(prefix), ABOVE]);
    const range = reverse ? { start: to, end: from, inclusiveEnd: true, reverse } : { start: from, end: to };
    for (const { key, value } of this.#opened.getRange({ ...range, ...(limit === undefined ? {} : { limit }) })) {
      const parts = keyOf(key);
      yield { key: parts, value: this.#unsealed(value, parts) };
    }
  }

  async write(changes: readonly StoreChange[]): Promise<void> {
    const db = this.#opened;
    if (this.#failure !== null) throw this.#failure;
    if (this.#readOnly) throw error('MR_CHECKPOINT_IO', { where: this.where, reason: 'it was opened to be looked at' });
    // Whatever is wrong with a key or a value shows before anything is changed.
    const ready = changes.map((change) =>
      change.kind === 'put'
        ? { key: keyBytes(change.key), value: sealed(change.value), prefix: false }
        : change.kind === 'delete'
          ? { key: keyBytes(change.key), value: null, prefix: false }
          : { key: keyBytes(change.prefix), value: null, prefix: true },
    );
    const done = db
      .transaction(() => {
        for (const { key, value, prefix } of ready) {
          if (value !== null) db.put(key, value);
          else if (!prefix) db.remove(key);
          else for (const each of [...db.getKeys({ start: key, end: Buffer.concat([key, ABOVE]) })]) db.remove(each);
        }
      })
      .catch((e: unknown) => {
        this.#failure ??= this.#refused(e);
        throw this.#failure;
      });
    this.#writing = done.catch(() => {});
    await done;
  }

  stats(): { readonly bytes: number; readonly entries: number } {
    const entries = this.#opened.getCount({ start: Buffer.from([1]), end: ABOVE });
    return { bytes: statSync(join(this.where, 'data.mdb')).size, entries };
  }

  async close(): Promise<void> {
    const db = this.#db;
    if (db === null) return;
    await this.#writing;
    this.#db = null;
    try {
      if (!this.#readOnly) db.transactionSync(() => void db.remove(OWNER_KEY));
    } catch {
      // A disk that is full or gone: who comes next finds a dead owner.
    }
    await db.close();
  }

  get #opened(): Database {
    if (this.#db === null) throw error('MR_CHECKPOINT_CLOSED', { where: this.where });
    return this.#db;
  }

  /** Within one transaction, so that of two processes one is told no. */
  #becomeOwner(db: Database): void {
    const me = thisOwner(new SystemClock().now());
    let before: Owner | null = null;
    db.transactionSync(() => {
      const format = db.getBinary(FORMAT_KEY);
      const isNew = format === undefined && db.getCount({ limit: 1 }) === 0;
      if (isNew) db.put(FORMAT_KEY, Buffer.from(JSON.stringify({ magic: 'millrace', format: FORMAT })));
      else this.#checkFormat(format);
      const owner = db.getBinary(OWNER_KEY);
      if (owner !== undefined) {
        before = JSON.parse(owner.toString()) as Owner;
        if (isAlive(before))
          throw error('MR_CHECKPOINT_OWNED', { where: this.where, pid: before.pid, since: before.since });
      }
      db.put(OWNER_KEY, Buffer.from(JSON.stringify(me)));
    });
    const { pid, since } = (before ?? me) as Owner;
    if (before !== null)
      this.#warn(
        `The checkpoint ${this.where} is taken over from process ${pid}, which opened it at ${since} and has died.`,
      );
  }

  #checkFormat(bytes: Buffer | undefined): void {
    let found: { magic?: unknown; format?: unknown } = {};
    try {
      found = JSON.parse(bytes?.toString() ?? '{}');
    } catch {
      // Said below.
    }
    if (found.magic !== 'millrace' || typeof found.format !== 'number')
      throw error('MR_CHECKPOINT_CORRUPT', { where: this.where, what: 'it was not written by Millrace' });
    if (found.format > FORMAT)
      throw error('MR_CHECKPOINT_NEWER', { where: this.where, found: found.format, known: FORMAT });
  }

  #unsealed(bytes: Buffer, key: StoreKey): Uint8Array {
    const value = new Uint8Array(bytes.buffer, bytes.byteOffset + 4, Math.max(0, bytes.length - 4));
    if (bytes.length < 4 || bytes.readUInt32LE(0) !== crc32(value))
      throw error('MR_CHECKPOINT_CORRUPT', {
        where: this.where,
        what: `the checksum of ${JSON.stringify(key)} is wrong`,
      });
    return value;
  }

  #refused(e: unknown): Error {
    if (isMillraceError(e)) return e;
    const reason = e instanceof Error ? e.message : String(e);
    if (/MDB_(INVALID|CORRUPTED|VERSION_MISMATCH|PAGE_NOTFOUND)|not an LMDB file/i.test(reason))
      return error('MR_CHECKPOINT_CORRUPT', { where: this.where, what: reason }, { cause: e });
    return error('MR_CHECKPOINT_IO', { where: this.where, reason }, { cause: e });
  }
}

/** A value with its checksum before it. A copy: what the caller has may be changed or shared. */
function sealed(value: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(value.length + 4);
  bytes.set(value, 4);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}
