import type { DStream, Duration } from '@millrace/core';
import { durationMs } from '@millrace/core/connector';
import { positive } from '../options.ts';
import { checkTable } from '../sql/identifiers.ts';
import { checkKeep, RECEIPTS } from '../sql/receipts.ts';
import type { TransactionalSinkOptions } from '../transactional/index.ts';
import { attachTarget, checkTransactionOptions, TRANSACTION_OPTIONS } from '../transactional/transactional-sink.ts';
import { checkConnection, type PostgresConnection } from './connection.ts';
import { checkInsert, type PostgresInsert } from './insert.ts';
import { postgresTarget } from './postgres-target.ts';

/** Where batches go in PostgreSQL, and how. */
export interface PostgresSinkOptions<T> extends TransactionalSinkOptions, PostgresInsert<T> {
  /** Where the server is. Its password is never shown anywhere. */
  readonly connection: PostgresConnection;
  /** The table of receipts, which the sink makes if it is not there; `millrace_receipts` unless given. */
  readonly receipts?: string | readonly [schema: string, name: string];
  /**
   * How long receipts stay, counted back from the newest batch; 7 days unless given. Those of the last 100 batches stay
   * whatever their age. A number is milliseconds.
   */
  readonly keepReceipts?: Duration | number | 'forever';
  /** Most connections of each worker; 4 unless given. */
  readonly poolSize?: number;
  /** How long connecting or a statement may take; 1 minute unless given. A number is milliseconds. */
  readonly timeout?: Duration | number;
}

const OPTIONS = [
  ...TRANSACTION_OPTIONS,
  'connection',
  'table',
  'columns',
  'values',
  'upsertBy',
  'receipts',
  'keepReceipts',
  'poolSize',
  'timeout',
] as const satisfies readonly (keyof PostgresSinkOptions<never>)[];

/**
 * Writes each batch to a table of PostgreSQL, from where its partitions are: each partition in one transaction, with a receipt in
 * a table of the same database. Needs the package `pg`.
 *
 * Delivery: exactly once, given that a batch that runs again has the same input: with a checkpoint. Without one, batches
 * that were lost in a crash do not run again. See `transactionalSink`. With `upsertBy` rows are replaced in the order in which batches are
 * written; of the rows of one key in a partition the last one counts.
 *
 * Deadlocks, failed serializations and lost connections are tried again, `retries` times: a server that is started anew meanwhile is met
 * again. Values go to the server as JSON and become what the column's type makes of them: dates, arrays, JSON, bytes and
 * `bigint`s included. undefined is null.
 *
 * @throws MR_OPTION, MR_DURATION; the batch fails with MR_SINK_FAILED, MR_SINK_LAYOUT or MR_MISSING_PACKAGE
 * @example
 * ```ts
 * postgresSink(counts, {
 *   connection: { host: endpoint.hostname, database: 'shop', user: 'job', password: () => process.env['PASSWORD'] ?? '' },
 *   table: 'counts',
 *   columns: ['word', 'n'],
 *   upsertBy: ['word'],
 *   name: 'counts-to-postgres',
 * });
 * ```
 */
export function postgresSink<T>(stream: DStream<T>, options: PostgresSinkOptions<T>): void {
  const how = checkTransactionOptions('postgresSink', options, OPTIONS);
  const { connection, receipts = RECEIPTS, keepReceipts, poolSize = 4, timeout = 60_000, name } = options;
  const target = postgresTarget({
    connection: checkConnection('postgresSink', connection),
    insert: checkInsert(options),
    receipts: checkTable('postgresSink: receipts', receipts),
    keepMs: checkKeep('postgresSink: keepReceipts', keepReceipts),
    poolSize: positive('postgresSink: poolSize', poolSize),
    timeoutMs: durationMs(timeout, 'postgresSink: timeout'),
  });
  attachTarget(stream, target, name, how);
}
