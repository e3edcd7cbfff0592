import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { lmdbStore } from '@millrace/core';

/** One value. */
export interface Put {
  readonly key: readonly [string, number, number];
  readonly value: Uint8Array;
}

/** What can be compared: transactions that are on disk when they are done, and all values in order. */
export interface Candidate {
  readonly name: string;
  open(dir: string): Promise<void>;
  commit(puts: readonly Put[], gone: readonly Put['key'][]): Promise<void>;
  /** Values below the first part of a key. */
  values(first: string): Iterable<Uint8Array>;
  close(): Promise<void>;
}

/** The store of checkpoints: one owner, checksums, commits outside the thread of the job. */
function lmdb(): Candidate {
  let store: ReturnType<typeof lmdbStore>;
  return {
    name: 'lmdbStore',
    open: (dir) => {
      store = lmdbStore(dir);
      return store.open();
    },
    commit: (puts, gone) =>
      store.write([
        ...puts.map((put) => ({ kind: 'put' as const, ...put })),
        ...gone.map((key) => ({ kind: 'delete' as const, key })),
      ]),
    *values(first) {
      for (const { value } of store.entries([first])) yield value;
    },
    close: () => store.close(),
  };
}

/** The thread of the job waits for each commit: node:sqlite has no other way. No checksums. */
function sqlite(): Candidate {
  let db: DatabaseSync;
  let statements: Record<'begin' | 'put' | 'remove' | 'commit', ReturnType<DatabaseSync['prepare']>>;
  return {
    name: 'node:sqlite',
    async open(dir) {
      db = new DatabaseSync(join(dir, 'store.db'));
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      db.exec('CREATE TABLE IF NOT EXISTS entries (a TEXT, b INT, c INT, v BLOB, PRIMARY KEY (a, b, c)) WITHOUT ROWID');
      statements = {
        begin: db.prepare('BEGIN IMMEDIATE'),
        put: db.prepare('INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)'),
        remove: db.prepare('DELETE FROM entries WHERE a = ? AND b = ? AND c = ?'),
        commit: db.prepare('COMMIT'),
      };
    },
    async commit(puts, gone) {
      statements.begin.run();
      for (const { key, value } of puts) statements.put.run(...key, value);
      for (const key of gone) statements.remove.run(...key);
      statements.commit.run();
    },
    *values(first) {
      const select = db.prepare('SELECT v FROM entries WHERE a = ? ORDER BY b, c');
      for (const row of select.iterate(first)) yield row.v as Uint8Array;
    },
    async close() {
      db.close();
    },
  };
}

/** What a disk gives at best: bytes at the end of a file, and a sync. Finds nothing, deletes nothing. */
function append(): Candidate {
  let path: string;
  let file: number;
  return {
    name: 'append + fdatasync',
    async open(dir) {
      path = join(dir, 'appended');
      file = openSync(path, 'a');
    },
    async commit(puts) {
      const parts = puts.flatMap(({ key, value }) => {
        const name = Buffer.from(JSON.stringify(key));
        const head = Buffer.alloc(8);
        head.writeUInt32LE(name.length, 0);
        head.writeUInt32LE(value.length, 4);
        return [head, name, value];
      });
      writeSync(file, Buffer.concat(parts));
      fdatasyncSync(file);
    },
    *values(first) {
      const bytes = readFileSync(path);
      for (let at = 0; at < bytes.length; ) {
        const name = bytes.readUInt32LE(at);
        const value = bytes.readUInt32LE(at + 4);
        const from = at + 8 + name;
        if (bytes.toString('latin1', at + 10, at + 10 + first.length) === first)
          yield bytes.subarray(from, from + value);
        at = from + value;
      }
    },
    async close() {
      closeSync(file);
    },
  };
}

export const candidates = { lmdb, sqlite, append };
