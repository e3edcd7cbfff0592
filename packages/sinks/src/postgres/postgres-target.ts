import { using } from '@millrace/core';
import type { Pool, PoolClient } from 'pg';
import { quotedTable } from '../sql/identifiers.ts';
import { BATCH_ROW, KEEP_BATCHES, type ReceiptRow, toReceipt } from '../sql/receipts.ts';
import {
  layoutError,
  type Receipt,
  type ReceiptId,
  type TargetTransaction,
  type TransactionalTarget,
} from '../transactional/index.ts';
import type { PreparedInsert } from './insert.ts';
import { checkOut, makeReceipts, openPool, type PoolOptions } from './pool.ts';
import { retryable } from './retryable.ts';

/** What the target needs to know. */
export interface PostgresTargetOptions<T> extends PoolOptions {
  readonly insert: PreparedInsert<T>;
  /** The table of receipts, after its schema where one was given. */
  readonly receipts: readonly string[];
  /** In ms; Infinity keeps all receipts. */
  readonly keepMs: number;
}

/** A database of PostgreSQL as a target. Each worker has a pool of connections to it. */
export function postgresTarget<T>(options: PostgresTargetOptions<T>): TransactionalTarget<T> {
  const table = quotedTable(options.receipts);
  const pool = using(
    async () => {
      const opened = await openPool('postgresSink', options);
      try {
        await makeReceipts(opened, options.receipts);
        return opened;
      } catch (e) {
        await opened.end();
        throw e;
      }
    },
    (opened) => opened.end(),
    { name: 'postgres' },
  );
  return {
    kind: 'postgresSink',
    seen: async (id, partition) => (await readReceipts(await partition.open(pool), table, id)).own,
    async begin(partition) {
      const { client, release } = await checkOut(await partition.open(pool));
      try {
        // What the server's settings say does not matter: the commit below is right at this level.
        await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
      } catch (e) {
        release(true);
        throw e;
      }
      return transaction(client, release, table, options);
    },
    retryable,
    shown: options.connection.shown,
  };
}

function transaction<T>(
  client: PoolClient,
  release: (broken?: boolean) => void,
  table: string,
  { insert, keepMs }: PostgresTargetOptions<T>,
): TargetTransaction<T> {
  return {
    async write(records) {
      // Named, so that the server plans it once for each connection.
      await client.query({ name: 'millrace insert', text: insert.sql, values: [insert.rows(records)] });
    },
    async commit(receipt) {
      // Waits while another transaction that has a row of the same key is about to commit.
      if (!(await addReceipts(client, table, receipt))) {
        const { own } = await readReceipts(client, table, receipt);
        // Deleted since it was met: whoever did it has to say what is to become of its rows.
        if (own === null) throw new Error('a receipt was deleted while its partition was written again');
        await client.query('ROLLBACK');
        release();
        return own;
      }
      const { layout } = await readReceipts(client, table, receipt);
      if (layout !== null && layout !== receipt.numPartitions) throw layoutError(receipt, layout);
      if (receipt.partition === 0 && keepMs !== Infinity) await forgetOld(client, table, receipt, keepMs);
      await client.query('COMMIT');
      release();
      return receipt;
    },
    async rollback() {
      try {
        await client.query('ROLLBACK');
        release();
      } catch (e) {
        release(true);
        throw e;
      }
    },
  };
}

/** Adds the receipt, and the batch's row unless it is there. @returns false if the receipt is there already */
async function addReceipts(client: PoolClient, table: string, receipt: Receipt): Promise<boolean> {
  const { job, output, time, partition, numPartitions, records } = receipt;
  const { rows } = await client.query<{ partition: number }>(
    `INSERT INTO ${table} (job, output, batch_time, partition, num_partitions, records)
     VALUES ($1, $2, $3, ${BATCH_ROW}, $5, 0), ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING partition`,
    [job, output, time, partition, numPartitions, records],
  );
  return rows.some((row) => row.partition === partition);
}

/** The receipt of the partition, and in how many partitions the batch is. */
async function readReceipts(
  client: Pool | PoolClient,
  table: string,
  { job, output, time, partition }: ReceiptId,
): Promise<{ own: Receipt | null; layout: number | null }> {
  const { rows } = await client.query<ReceiptRow>(
    `SELECT * FROM ${table} WHERE job = $1 AND output = $2 AND batch_time = $3 AND partition IN (${BATCH_ROW}, $4)`,
    [job, output, time, partition],
  );
  const own = rows.find((row) => row.partition === partition);
  const batch = rows.find((row) => row.partition === BATCH_ROW);
  return { own: own === undefined ? null : toReceipt(own), layout: batch?.num_partitions ?? null };
}

/** Deletes receipts that are older than what is kept, but none of the last batches. */
async function forgetOld(client: PoolClient, table: string, { job, output, time }: ReceiptId, keepMs: number) {
  await client.query(
    `DELETE FROM ${table} WHERE job = $1 AND output = $2 AND batch_time < $3 AND batch_time < (
       SELECT min(batch_time) FROM (SELECT batch_time FROM ${table}
         WHERE job = $1 AND output = $2 AND partition = ${BATCH_ROW} ORDER BY batch_time DESC LIMIT ${KEEP_BATCHES}) AS l)`,
    [job, output, time - keepMs],
  );
}
