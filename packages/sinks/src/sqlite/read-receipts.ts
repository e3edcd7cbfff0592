import { quoted } from '../sql/identifiers.ts';
import { BATCH_ROW, RECEIPTS, type ReceiptRow, toReceipt } from '../sql/receipts.ts';
import { type BatchReceipts, batchReceipts } from '../transactional/index.ts';
import { openForReading } from './database.ts';

/**
 * What an output has written to a file of SQLite, by batch: what is done after a crash. Writes nothing; a job may write meanwhile.
 *
 * @param file path of the database; without one there are no receipts
 * @param job name of the job
 * @param output name of the output
 * @param options `receipts`: the table of receipts, `millrace_receipts` unless given
 * @returns in order of batch time
 * @example
 * ```ts
 * import { readReceipts } from '@millrace/sinks/sqlite';
 * readReceipts('no-such-file.db', 'my-job', 'stored'); // []
 * ```
 */
export function readReceipts(
  file: string,
  job: string,
  output: string,
  options: { readonly receipts?: string } = {},
): BatchReceipts[] {
  const { receipts = RECEIPTS } = options;
  const db = openForReading(file);
  if (db === null) return [];
  try {
    const there = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(receipts);
    if (there === undefined) return [];
    const sql = `SELECT * FROM ${quoted(receipts)} WHERE job = ? AND output = ? AND partition > ${BATCH_ROW}`;
    return batchReceipts((db.prepare(sql).all(job, output) as unknown as ReceiptRow[]).map(toReceipt));
  } finally {
    db.close();
  }
}
