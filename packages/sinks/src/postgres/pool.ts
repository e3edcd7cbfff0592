import type { Pool, PoolClient } from 'pg';
import { quotedTable } from '../sql/identifiers.ts';
import type { CheckedConnection } from './connection.ts';
import { loadPg } from './load-pg.ts';

/** How connections are made. */
export interface PoolOptions {
  readonly connection: CheckedConnection;
  /** Most connections of a worker. */
  readonly poolSize: number;
  /** How long connecting, a statement, and the pause between two statements may take. */
  readonly timeoutMs: number;
}

/** Opens a pool; connections come when they are needed. @throws MR_MISSING_PACKAGE */
export async function openPool(feature: string, { connection, poolSize, timeoutMs }: PoolOptions): Promise<Pool> {
  const pg = await loadPg(feature);
  const pool = new (pg.default ?? pg).Pool({
    ...connection.config,
    max: poolSize,
    application_name: 'millrace',
    keepAlive: true,
    connectionTimeoutMillis: timeoutMs,
    // The server gives up what is too long. If it does not answer either, the connection is given up.
    statement_timeout: timeoutMs,
    query_timeout: timeoutMs + 1000,
    // What a worker that vanished had begun does not hold its locks for ever.
    idle_in_transaction_session_timeout: timeoutMs,
  });
  // A connection that is lost while nobody uses it: the next one who asks gets another.
  pool.on('error', () => {});
  return pool;
}

/** A connection of the pool that nobody else has until it is released. */
export async function checkOut(pool: Pool): Promise<{ client: PoolClient; release: (broken?: boolean) => void }> {
  const client = await pool.connect();
  // Its loss is told by the next query as well; without a listener it would end the process.
  const ignore = () => {};
  client.on('error', ignore);
  let released = false;
  return {
    client,
    release(broken = false) {
      if (released) return;
      released = true;
      client.off('error', ignore);
      client.release(broken);
    },
  };
}

/** The code of SQLSTATE, or of the system. */
export const codeOf = (reason: unknown) => String((reason as { code?: unknown } | null)?.code ?? '');

/** Another process made the same table at the same time: unique_violation, duplicate_table, duplicate_object. */
const MADE_MEANWHILE = new Set(['23505', '42P07', '42710']);

/** Makes the table of receipts unless it is there. */
export async function makeReceipts(pool: Pool, table: readonly string[]): Promise<void> {
  const name = quotedTable(table);
  // Who may write to the table need not be allowed to make one.
  const { rows } = await pool.query('SELECT to_regclass($1) AS there', [name]);
  if (rows[0].there !== null) return;
  const sql = `CREATE TABLE IF NOT EXISTS ${name} (
    job text COLLATE "C" NOT NULL, output text COLLATE "C" NOT NULL, batch_time bigint NOT NULL,
    partition integer NOT NULL, num_partitions integer NOT NULL, records bigint NOT NULL,
    PRIMARY KEY (job, output, batch_time, partition))`;
  try {
    await pool.query(sql);
  } catch (e) {
    if (!MADE_MEANWHILE.has(codeOf(e))) throw e;
  }
}
