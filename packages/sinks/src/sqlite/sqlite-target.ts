import type { DatabaseSync } from 'node:sqlite';
import { using } from '@millrace/core';
import { quoted } from '../sql/identifiers.ts';
import { BATCH_ROW, KEEP_BATCHES, type ReceiptRow, toReceipt } from '../sql/receipts.ts';
import {
  layoutError,
  type Receipt,
  type ReceiptId,
  type TargetTransaction,
  type TransactionalTarget,
} from '../transactional/index.ts';
import { type FileOptions, openForWriting } from './database.ts';
import { type Prepared, sqliteValue } from './insert.ts';
import { turnAt } from './turns.ts';

/** SQLITE_BUSY, SQLITE_LOCKED: others write. */
const LOCKED = new Set([5, 6]);

/** What the target needs to know besides the file. */
export interface SqliteTargetOptions<T> extends FileOptions {
  readonly insert: Prepared<T>;
  /** In ms; Infinity keeps all receipts. */
  readonly keepMs: number;
}

/** A file of SQLite as a target. Each worker has one connection to it. */
export function sqliteTarget<T>(options: SqliteTargetOptions<T>): TransactionalTarget<T> {
  const { file, receipts } = options;
  const database = using(
    () => openForWriting(options),
    (db) => db.close(),
    { name: 'sqlite' },
  );
  return {
    kind: 'sqliteSink',
    seen: async (id, partition) => readReceipt(await partition.open(database), receipts, id),
    async begin(partition) {
      const db = await partition.open(database);
      const done = await turnAt(file);
      try {
        // IMMEDIATE: who reads first and writes then may find that it is too late to write.
        db.exec('BEGIN IMMEDIATE');
        return transaction(db, options, done);
      } catch (e) {
        if (db.isTransaction) db.exec('ROLLBACK');
        done();
        throw e;
      }
    },
    retryable: (e) => LOCKED.has(((e as { errcode?: number })?.errcode ?? 0) & 0xff),
    shown: (e) => (e instanceof Error ? new Error(`${file}: ${e.message}`, { cause: e }) : new Error(String(e))),
  };
}

function transaction<T>(db: DatabaseSync, options: SqliteTargetOptions<T>, done: () => void): TargetTransaction<T> {
  const { insert, receipts, keepMs } = options;
  const statement = db.prepare(insert.sql);
  const finish = (how: 'COMMIT' | 'ROLLBACK') => {
    db.exec(how);
    done();
  };
  return {
    write(records) {
      for (const record of records) statement.run(...insert.params(record).map(sqliteValue));
    },
    commit(receipt) {
      const first = readReceipt(db, receipts, receipt);
      if (first !== null) {
        finish('ROLLBACK');
        return first;
      }
      const batch = readReceipt(db, receipts, { ...receipt, partition: BATCH_ROW });
      if (batch !== null && batch.numPartitions !== receipt.numPartitions)
        throw layoutError(receipt, batch.numPartitions);
      if (batch === null) addReceipt(db, receipts, { ...receipt, partition: BATCH_ROW, records: 0 });
      addReceipt(db, receipts, receipt);
      if (receipt.partition === 0) forgetOld(db, receipts, receipt, keepMs);
      finish('COMMIT');
      return receipt;
    },
    rollback() {
      // Some errors, such as a full disk, have ended the transaction already.
      if (db.isTransaction) db.exec('ROLLBACK');
      done();
    },
  };
}

function readReceipt(db: DatabaseSync, table: string, { job, output, time, partition }: ReceiptId): Receipt | null {
  const sql = `SELECT * FROM ${quoted(table)} WHERE job = ? AND output = ? AND batch_time = ? AND partition = ?`;
  const row = db.prepare(sql).get(job, output, time, partition);
  return row === undefined ? null : toReceipt(row as unknown as ReceiptRow);
}

function addReceipt(db: DatabaseSync, table: string, receipt: Receipt): void {
  const { job, output, time, partition, numPartitions, records } = receipt;
  const sql = `INSERT INTO ${quoted(table)} (job, output, batch_time, partition, num_partitions, records) VALUES (?, ?, ?, ?, ?, ?)`;
  db.prepare(sql).run(job, output, time, partition, numPartitions, records);
}

/** Deletes receipts that are older than what is kept, but none of the last batches. */
function forgetOld(db: DatabaseSync, table: string, { job, output, time }: ReceiptId, keepMs: number): void {
  if (keepMs === Infinity) return;
  const receipts = quoted(table);
  db.prepare(
    `DELETE FROM ${receipts} WHERE job = ?1 AND output = ?2 AND batch_time < ?3 AND batch_time < (
       SELECT min(batch_time) FROM (SELECT batch_time FROM ${receipts}
         WHERE job = ?1 AND output = ?2 AND partition = ${BATCH_ROW} ORDER BY batch_time DESC LIMIT ${KEEP_BATCHES}))`,
  ).run(job, output, time - keepMs);
}
