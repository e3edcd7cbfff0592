import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { quoted } from '../sql/identifiers.ts';

/** How a file is opened. */
export interface FileOptions {
  readonly file: string;
  readonly receipts: string;
  /** How long SQLite waits for other writers. */
  readonly lockTimeoutMs: number;
}

/** Opens a file for writing, and makes its table of receipts. */
export function openForWriting({ file, receipts, lockTimeoutMs }: FileOptions): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: lockTimeoutMs });
  try {
    // Readers and the writer do not wait for each other.
    db.exec('PRAGMA journal_mode = WAL');
    // A receipt that is told of survives the loss of power, too.
    db.exec('PRAGMA synchronous = FULL');
    db.exec(`CREATE TABLE IF NOT EXISTS ${quoted(receipts)} (
      job TEXT NOT NULL, output TEXT NOT NULL, batch_time INTEGER NOT NULL, partition INTEGER NOT NULL,
      num_partitions INTEGER NOT NULL, records INTEGER NOT NULL,
      PRIMARY KEY (job, output, batch_time, partition)) WITHOUT ROWID`);
    return db;
  } catch (e) {
    db.close();
    throw e;
  }
}

/** Opens a file for reading; null if there is none. */
export function openForReading(file: string): DatabaseSync | null {
  return existsSync(file) ? new DatabaseSync(file, { readOnly: true, timeout: 5000 }) : null;
}
