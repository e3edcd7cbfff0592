import { resolve } from 'node:path';
import type { DStream, Duration } from '@millrace/core';
import { durationMs, error } from '@millrace/core/connector';
import { checkTable } from '../sql/identifiers.ts';
import { checkKeep, RECEIPTS } from '../sql/receipts.ts';
import type { TransactionalSinkOptions } from '../transactional/index.ts';
import { attachTarget, checkTransactionOptions, TRANSACTION_OPTIONS } from '../transactional/transactional-sink.ts';
import { checkInsert, type SqliteStatement, type SqliteTableInsert } from './insert.ts';
import { sqliteTarget } from './sqlite-target.ts';

/** Where batches go in SQLite, and how. */
export interface SqliteSinkOptions<T> extends TransactionalSinkOptions {
  /** Path of the database. It must be a file: workers share it. */
  readonly file: string;
  /** What is written for each record: a row of a table, or any statement. */
  readonly insert: SqliteTableInsert<T> | SqliteStatement<T>;
  /** The table of receipts, which the sink makes; `millrace_receipts` unless given. */
  readonly receipts?: string;
  /**
   * How long receipts stay, counted back from the newest batch; 7 days unless given. Those of the last 100 batches stay
   * whatever their age. A number is milliseconds.
   */
  readonly keepReceipts?: Duration | number | 'forever';
  /** How long SQLite waits for other writers before the transaction is tried again; 5 s unless given. A number is milliseconds. */
  readonly lockTimeout?: Duration | number;
}

const OPTIONS = [
  ...TRANSACTION_OPTIONS,
  'file',
  'insert',
  'receipts',
  'keepReceipts',
  'lockTimeout',
] as const satisfies readonly (keyof SqliteSinkOptions<never>)[];

/**
 * Writes each batch to a file of SQLite: each partition in one transaction, with a receipt in a table beside its rows.
 * Several workers and processes may write to the same file; one writes at a time. The file is put into WAL mode.
 *
 * Delivery: exactly once, given that a batch that runs again has the same input: with a checkpoint. Without one, batches
 * that were lost in a crash do not run again. See `transactionalSink`. With `upsertBy` rows are replaced in the order in which batches are
 * written.
 *
 * Values: numbers, texts, `bigint`s and bytes as they are; true and false as 1 and 0; dates as ISO texts; undefined as null; other
 * objects as JSON.
 *
 * @throws MR_OPTION, MR_DURATION; the batch fails with MR_SINK_FAILED or MR_SINK_LAYOUT
 * @example
 * ```ts
 * import { DatabaseSync } from 'node:sqlite';
 * import { tmpdir } from 'node:os';
 * const file = `${tmpdir()}/counts.db`;
 * const db = new DatabaseSync(file);
 * db.exec('CREATE TABLE IF NOT EXISTS counts (word TEXT PRIMARY KEY, n INTEGER)');
 * db.close();
 * sqliteSink(counts, {
 *   file,
 *   insert: { table: 'counts', columns: ['word', 'n'], upsertBy: ['word'] },
 *   name: 'counts-to-sqlite',
 * });
 * ```
 */
export function sqliteSink<T>(stream: DStream<T>, options: SqliteSinkOptions<T>): void {
  const how = checkTransactionOptions('sqliteSink', options, OPTIONS);
  const { file, insert, receipts = RECEIPTS, keepReceipts, lockTimeout = 5000, name } = options;
  if (typeof file !== 'string' || file === '' || file.startsWith('file:') || file === ':memory:')
    throw error('MR_OPTION', { option: 'sqliteSink: file', value: file, rule: 'must be the path of a file' });
  checkTable('sqliteSink: receipts', receipts);
  const target = sqliteTarget({
    file: resolve(file),
    receipts,
    lockTimeoutMs: durationMs(lockTimeout, 'sqliteSink: lockTimeout'),
    insert: checkInsert(insert),
    keepMs: checkKeep('sqliteSink: keepReceipts', keepReceipts),
  });
  attachTarget(stream, target, name, how);
}
