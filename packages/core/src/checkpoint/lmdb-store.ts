import { existsSync, readdirSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { error, isMillraceError } from '../errors/index.ts';
import { DirLock } from '../system/dir-lock.ts';
import { makeDirectories } from '../system/make-directories.ts';
import { entryKeyBytes, keyBytes, keyOf } from './key-bytes.ts';
import { apply, below, clock, type Database, type ReadyChange, reasonOf, sealed } from './lmdb-commit.ts';
import { lmdbFileFault } from './lmdb-file.ts';
import { FORMAT_KEY, OWNER_KEY } from './lmdb-keys.ts';
import { makeLockFile } from './lmdb-lock.ts';
import { missingData, openedMark } from './lmdb-missing.ts';
import { assertRoom } from './lmdb-room.ts';
import { Seals } from './lmdb-seals.ts';
import { isAliveElsewhere, type Owner, readOwner, thisOwner } from './owner.ts';
import type { CheckpointStore, EntriesOptions, StoreChange, StoreEntry, StoreKey } from './store.ts';
import { storedOwner } from './stored-owner.ts';

/** Options of `lmdbStore`. */
export interface LmdbStoreOptions {
  /** Opens it to be looked at: nothing is written, and it may be somebody else's. */
  readonly readOnly?: boolean;
  /** Hears that a store was taken over from a process that has died; `console.warn` unless given. */
  readonly warn?: (message: string) => void;
}

/** The format of this version: how keys and values are written. */
const FORMAT = 1;
/** As LMDB gives it. */
const EIO = 5;

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

/** A transaction that waits for its turn. */
interface Waiting {
  readonly changes: readonly ReadyChange[];
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

class LmdbStore implements CheckpointStore {
  readonly where: string;
  readonly #readOnly: boolean;
  readonly #warn: (message: string) => void;
  #seals: Seals;
  #db: Database | null = null;
  #opening = false;
  #failure: Error | null = null;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;
  #closing: Promise<void> = Promise.resolve();
  #lock: DirLock | null = null;
  /** What is being looked at: LMDB's cursors, which must not outlive it. */
  readonly #looking = new Set<Iterator<{ key: Buffer; value: Buffer }>>();

  constructor(dir: string, options: LmdbStoreOptions) {
    this.where = dir;
    this.#seals = new Seals(dir);
    this.#readOnly = options.readOnly ?? false;
    this.#warn = options.warn ?? ((message) => console.warn(`millrace: ${message}`));
  }

  async open(): Promise<void> {
    if (this.#db !== null || this.#opening)
      throw error('MR_CHECKPOINT_OWNED', { where: this.where, pid: process.pid, since: 'just now' });
    this.#opening = true;
    try {
      await this.#closing;
      await this.#open();
    } catch (e) {
      this.#letGo();
      throw this.#refused(e);
    } finally {
      this.#opening = false;
    }
  }

  /** @throws MR_CHECKPOINT_OWNED when another process has it, or another store of this one */
  #takeLock(): DirLock {
    const lock = DirLock.take(join(this.where, 'owner.lock'));
    const owner = storedOwner(join(this.where, 'data.mdb'));
    // Whoever closes it takes its record away, so that one that is alive has lost no more than its lock.
    if (lock !== null && (owner === null || !isAliveElsewhere(owner))) return lock;
    lock?.release();
    const { pid, since } = owner ?? { pid: null, since: 'just now' };
    throw error('MR_CHECKPOINT_OWNED', { where: this.where, pid, since });
  }

  #letGo(): void {
    this.#lock?.release();
    this.#lock = null;
  }

  async #open(): Promise<void> {
    const { open } = await import('lmdb');
    if (this.#readOnly) readdirSync(this.where);
    else {
      makeDirectories(this.where);
      // Before anything is looked at: the owner may be writing it.
      this.#lock = this.#takeLock();
    }
    const fault = missingData(this.where) ?? lmdbFileFault(join(this.where, 'data.mdb'));
    if (fault !== null) throw error('MR_CHECKPOINT_CORRUPT', { where: this.where, what: fault });
    if (!this.#readOnly) makeLockFile(this.where);
    const db = open({
      path: this.where,
      // Unless told, it takes a path with a dot in it for a file.
      noSubdir: false,
      // Else a promise that nobody has is rejected when a commit fails, and ends the process.
      eventTurnBatching: false,
      encoding: 'binary',
      keyEncoding: 'binary',
      // A commit that is reported is on disk.
      overlappingSync: false,
      cache: false,
      readOnly: this.#readOnly,
    }) as unknown as Database;
    try {
      if (this.#readOnly) readFormat(this.where, db.getBinary(FORMAT_KEY));
      else {
        assertRoom(this.where, db, []);
        this.#becomeOwner(db);
        // From now on a file that is not there is one that is lost.
        const mark = openedMark(this.where);
        if (!existsSync(mark)) writeFileSync(mark, '', { flush: true });
      }
    } catch (e) {
      await db.close();
      throw e;
    }
    this.#failure = null;
    this.#seals = new Seals(this.where);
    this.#db = db;
  }

  get(key: StoreKey): Uint8Array | undefined {
    const db = this.#opened;
    const at = entryKeyBytes(key);
    let bytes: Buffer | undefined;
    try {
      bytes = db.getBinary(at);
      if (bytes === undefined) {
        this.#seals.lookBeside(db, at, 'before');
        this.#seals.lookBeside(db, at, 'behind');
      }
    } catch (e) {
      throw this.#refused(e);
    }
    return bytes === undefined ? undefined : this.#seals.unsealed(bytes, at);
  }

  *entries(prefix: StoreKey, { reverse = false, limit, after }: EntriesOptions = {}): Iterable<StoreEntry> {
    const db = this.#opened;
    const { start, end } = below(keyBytes(prefix));
    const whole = reverse ? { start: end, end: start, inclusiveEnd: true, reverse } : { start, end };
    const range = after === undefined ? whole : { ...whole, start: keyBytes(after), exclusiveStart: true };
    this.#seals.lookBeside(db, range.start, reverse ? 'behind' : 'before');
    const found = db.getRange({ ...range, ...(limit === undefined ? {} : { limit }) })[Symbol.iterator]();
    this.#looking.add(found);
    try {
      let left = limit ?? Number.POSITIVE_INFINITY;
      for (let next = found.next(); next.done !== true; next = found.next()) {
        const { key, value } = next.value;
        left -= 1;
        yield { value: this.#seals.unsealed(value, key), key: keyOf(key) };
        // Before the next is looked for: memory that is no longer mapped must not be.
        if (this.#opened !== db) throw error('MR_CHECKPOINT_CLOSED', { where: this.where });
      }
      if (left > 0) this.#seals.lookBeside(db, range.end, reverse ? 'before' : 'behind');
    } catch (e) {
      throw this.#refused(e);
    } finally {
      // One that `close` has ended is gone: to end it once more would be to use memory that LMDB has freed.
      if (this.#looking.delete(found)) found.return?.();
    }
  }

  async write(changes: readonly StoreChange[]): Promise<void> {
    const db = this.#opened;
    if (this.#failure !== null) throw this.#failure;
    if (this.#readOnly) throw error('MR_CHECKPOINT_IO', { where: this.where, reason: 'it was opened to be looked at' });
    // Whatever is wrong with a key or a value shows before anything is changed.
    const ready = changes.map((change) => {
      if (change.kind === 'deletePrefix') return { key: keyBytes(change.prefix), value: null, prefix: true };
      const key = entryKeyBytes(change.key);
      return { key, value: change.kind === 'put' ? sealed(change.value, key) : null, prefix: false };
    });
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changes: ready, resolve, reject });
      this.#writing ??= this.#writeWaiting(db);
    });
  }

  /**
   * One transaction of LMDB after the other, each with all that waited: LMDB by itself would begin the next before it is known
   * whether the one before has failed.
   */
  async #writeWaiting(db: Database): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      if (this.#failure === null) await this.#commit(db, group);
      for (const { resolve, reject } of group) {
        if (this.#failure === null) resolve();
        else reject(this.#failure);
      }
    }
    this.#writing = null;
  }

  async #commit(db: Database, group: readonly Waiting[]): Promise<void> {
    try {
      assertRoom(
        this.where,
        db,
        group.flatMap(({ changes }) => changes),
      );
      // A child, since LMDB for Node commits what was done in any other when its function throws.
      await db.childTransaction(() => {
        for (const { changes } of group) apply(db, changes);
      });
    } catch (e) {
      const reason = await reasonOf(e);
      this.#failure = this.#refused(reason);
    }
  }

  stats(): { readonly bytes: number; readonly entries: number } {
    const entries = this.#opened.getCount(below(Buffer.alloc(0)));
    return { bytes: statSync(join(this.where, 'data.mdb')).size, entries };
  }

  close(): Promise<void> {
    const db = this.#db;
    if (db === null) return this.#closing;
    this.#db = null;
    for (const found of this.#looking) found.return?.();
    this.#looking.clear();
    this.#closing = this.#close(db);
    return this.#closing;
  }

  async #close(db: Database): Promise<void> {
    await this.#writing;
    try {
      if (!this.#readOnly) {
        assertRoom(this.where, db, []);
        db.transactionSync(() => void db.remove(OWNER_KEY));
      }
    } catch {
      // A disk that is full or gone: who comes next finds a dead owner.
    }
    await db.close();
    this.#letGo();
  }

  get #opened(): Database {
    if (this.#db === null) throw error('MR_CHECKPOINT_CLOSED', { where: this.where });
    return this.#db;
  }

  /** What is there is this process's, or is left as it was. */
  #becomeOwner(db: Database): void {
    const me = thisOwner(clock.now());
    let before: Owner | null = null;
    db.transactionSync(() => {
      const format = db.getBinary(FORMAT_KEY);
      const isNew = format === undefined && db.getCount({ limit: 1 }) === 0;
      if (isNew) db.put(FORMAT_KEY, Buffer.from(JSON.stringify({ magic: 'millrace', format: FORMAT })));
      else readFormat(this.where, format);
      const owner = db.getBinary(OWNER_KEY);
      if (owner !== undefined) {
        before = readOwner(owner.toString());
        if (before === null)
          throw error('MR_CHECKPOINT_CORRUPT', { where: this.where, what: 'the record of its owner is damaged' });
      }
      db.put(OWNER_KEY, Buffer.from(JSON.stringify(me)));
    });
    const { pid, since } = (before ?? me) as Owner;
    if (before !== null)
      this.#warn(
        `The checkpoint ${this.where} is taken over from process ${pid}, which opened it at ${since} and has died.`,
      );
  }

  /** LMDB says EIO where a disk is full in the middle of a page. */
  #room(e: unknown): string {
    if ((e as { code?: unknown } | null)?.code !== EIO) return '';
    try {
      const { bavail, bsize } = statfsSync(this.where);
      return `; its disk has ${bavail * bsize} bytes of room`;
    } catch {
      return '';
    }
  }

  #refused(e: unknown): Error {
    if (isMillraceError(e)) return e;
    const reason = e instanceof Error ? e.message : String(e);
    if (/MDB_(INVALID|CORRUPTED|VERSION_MISMATCH|PAGE_NOTFOUND)|not an LMDB file/i.test(reason))
      return error('MR_CHECKPOINT_CORRUPT', { where: this.where, what: reason }, { cause: e });
    return error('MR_CHECKPOINT_IO', { where: this.where, reason: `${reason}${this.#room(e)}` }, { cause: e });
  }
}

/** The format that a store says that it has. @throws MR_CHECKPOINT_CORRUPT where it says nothing, MR_CHECKPOINT_NEWER */
export function readFormat(where: string, bytes: Uint8Array | undefined): number {
  let found: { magic?: unknown; format?: unknown } = {};
  try {
    found = JSON.parse(Buffer.from(bytes ?? '{}').toString());
  } catch {
    // Said below.
  }
  if (found.magic !== 'millrace' || typeof found.format !== 'number')
    throw error('MR_CHECKPOINT_CORRUPT', { where, what: 'it was not written by Millrace' });
  if (found.format > FORMAT) throw error('MR_CHECKPOINT_NEWER', { where, found: found.format, known: FORMAT });
  return found.format;
}
