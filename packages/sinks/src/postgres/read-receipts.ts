import { checkTable, quotedTable } from '../sql/identifiers.ts';
import { BATCH_ROW, RECEIPTS, type ReceiptRow, toReceipt } from '../sql/receipts.ts';
import { type BatchReceipts, batchReceipts } from '../transactional/index.ts';
import { checkConnection, type PostgresConnection } from './connection.ts';
import { openPool } from './pool.ts';

/**
 * What an output has written to a database of PostgreSQL, by batch: what is done after a crash. Writes nothing.
 *
 * @param connection where the server is
 * @param job name of the job
 * @param output name of the output
 * @param options `receipts`: the table of receipts, `millrace_receipts` unless given
 * @returns in order of batch time; empty if there is no such table
 * @throws MR_OPTION, MR_MISSING_PACKAGE; errors of the connection, without secrets
 * @example
 * ```ts
 * import { readReceipts } from '@millrace/sinks/postgres';
 * const done = await readReceipts({ host: endpoint.hostname, database: 'shop' }, 'my-job', 'counts-to-postgres');
 * console.log(done.filter((batch) => !batch.complete).map((batch) => batch.time));
 * ```
 */
export async function readReceipts(
  connection: PostgresConnection,
  job: string,
  output: string,
  options: { readonly receipts?: string | readonly [schema: string, name: string] } = {},
): Promise<BatchReceipts[]> {
  const table = quotedTable(checkTable('readReceipts: receipts', options.receipts ?? RECEIPTS));
  const checked = checkConnection('readReceipts', connection);
  const pool = await openPool('readReceipts', { connection: checked, poolSize: 1, timeoutMs: 60_000 });
  try {
    const { rows: found } = await pool.query('SELECT to_regclass($1) AS there', [table]);
    if (found[0].there === null) return [];
    const sql = `SELECT * FROM ${table} WHERE job = $1 AND output = $2 AND partition > ${BATCH_ROW}`;
    const { rows } = await pool.query<ReceiptRow>(sql, [job, output]);
    return batchReceipts(rows.map(toReceipt));
  } catch (e) {
    throw checked.shown(e);
  } finally {
    await pool.end();
  }
}
