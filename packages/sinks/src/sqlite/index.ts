export type { SqliteStatement, SqliteTableInsert } from './insert.ts';
export { readReceipts } from './read-receipts.ts';
export { type SqliteSinkOptions, sqliteSink } from './sqlite-sink.ts';
