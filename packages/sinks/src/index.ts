/*
 * Types of all sinks. The sinks themselves have an entry point each, so that a job loads only what it writes to.
 */
export type { Compression, FileOptions, TextEncoding, TextFilesOptions } from './files/index.ts';
export type { HttpFormat, HttpHeaders, HttpSinkOptions } from './http/index.ts';
export type { KafkaHeaders, KafkaHeaderValue, KafkaSinkOptions, OutgoingKafkaRecord } from './kafka/index.ts';
export type { AsyncIterableOptions, LiveBatch, StreamIterable } from './live/index.ts';
export type { PostgresAddress, PostgresConnection, PostgresInsert, PostgresSinkOptions } from './postgres/index.ts';
export type {
  Auth,
  ListenAddress,
  LiveServer,
  OnSlow,
  Origins,
  ServeOptions,
  ServerSentEventsOptions,
  ServeUnit,
} from './server-sent-events/index.ts';
export type { SqliteSinkOptions, SqliteStatement, SqliteTableInsert } from './sqlite/index.ts';
export type {
  BatchReceipts,
  Receipt,
  ReceiptId,
  TargetTransaction,
  TransactionalSinkOptions,
  TransactionalTarget,
} from './transactional/index.ts';
export type { WebSocketServerOptions } from './web-socket/index.ts';
