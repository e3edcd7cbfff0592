export type { PostgresAddress, PostgresConnection } from './connection.ts';
export type { PostgresInsert } from './insert.ts';
export { type PostgresSinkOptions, postgresSink } from './postgres-sink.ts';
export { readReceipts } from './read-receipts.ts';
