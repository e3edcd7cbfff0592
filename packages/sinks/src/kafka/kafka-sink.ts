import type { DStream, Duration } from '@millrace/core';
import { checkBoolean, durationMs, error } from '@millrace/core/connector';
import {
  bytesSerde,
  type Compression,
  checkKafkaConnection,
  checkSerde,
  KAFKA_CONNECTION_OPTIONS,
  type KafkaConnection,
  type Serde,
} from '@millrace/kafka';
import { oneOf } from '../options.ts';
import type { TransactionalSinkOptions } from '../transactional/index.ts';
import { attachTarget, checkTransactionOptions, TRANSACTION_OPTIONS } from '../transactional/transactional-sink.ts';
import { atLeastOnce } from './at-least-once.ts';
import { kafkaTarget } from './kafka-target.ts';
import type { OutgoingKafkaRecord } from './outgoing-record.ts';
import type { EncodeOptions } from './record-encoder.ts';

/** Where batches go in Kafka, and how. */
export interface KafkaSinkOptions<T, K = Uint8Array, V = Uint8Array> extends KafkaConnection, TransactionalSinkOptions {
  /** The topic, which is there already, or a function that says it for a record. A record's own `topic` comes before it. */
  readonly topic: string | ((record: T) => string);
  /** What becomes of a record. Unless given, the stream has records as Kafka has them: `{ key, value, … }`. */
  readonly record?: (record: T) => OutgoingKafkaRecord<K, V>;
  /** Bytes of keys: `stringSerde()`, `jsonSerde()`, `msgpackSerde()`, or your own; `bytesSerde()` unless given. */
  readonly key?: Serde<K>;
  /** Bytes of values, as for keys. */
  readonly value?: Serde<V>;
  /** How records are packed on their way and in the topic; `none` unless given. */
  readonly compression?: Compression;
  /** Whether each partition of a batch is one transaction, which is written exactly once; false unless given. */
  readonly transactional?: boolean;
  /** After how long the brokers abort a transaction that is not ended; 1 minute unless given. A number is milliseconds. */
  readonly transactionTimeout?: Duration | number;
  /** The topic to whose partition 0 receipts refer; needed only where `topic` is a function. Nothing is written to it. */
  readonly receipts?: string;
  /** How long brokers may be away before the batch fails; 1 minute unless given. A number is milliseconds. */
  readonly retryFor?: Duration | number;
}

const OPTIONS = [
  ...KAFKA_CONNECTION_OPTIONS,
  ...TRANSACTION_OPTIONS,
  'topic',
  'record',
  'key',
  'value',
  'compression',
  'transactional',
  'transactionTimeout',
  'receipts',
  'retryFor',
] as const satisfies readonly (keyof KafkaSinkOptions<never>)[];

/**
 * Writes each batch to a topic of Kafka, from where its partitions are. Needs the package `kafkajs`, or another client.
 *
 * Delivery: at least once. With `transactional: true` exactly once, given that a batch that runs again has the same input
 * (with a checkpoint), and for readers that read committed records alone: each partition is one transaction of its records and
 * of a receipt, an offset of a group of the sink. See `transactionalSink`. Readers see a partition when its batch has
 * written it, not before.
 *
 * Partitions of the topic are those that the Java client chooses for the same keys. When a topic grows, keys move: what is
 * written within half a minute after that may be in the partition of before or the new one.
 *
 * Receipts are there as long as Kafka keeps offsets of groups without members: 7 days after the last batch
 * (`offsets.retention.minutes`). A job that stood still for longer may write its last batch a second time.
 *
 * @throws MR_OPTION, MR_DURATION; the batch fails with MR_SINK_FAILED, MR_SINK_LAYOUT, MR_KAFKA_UNREACHABLE, MR_KAFKA_REFUSED,
 * MR_KAFKA_FAILED or MR_MISSING_PACKAGE
 * @example
 * ```ts
 * import { jsonSerde, stringSerde } from '@millrace/kafka';
 * kafkaSink(counts, {
 *   brokers: [endpoint.host],
 *   topic: 'counts',
 *   record: ([word, n]) => ({ key: word, value: { word, n } }),
 *   key: stringSerde(),
 *   value: jsonSerde(),
 *   transactional: true,
 *   name: 'counts-to-kafka',
 * });
 * ```
 */
export function kafkaSink<T extends OutgoingKafkaRecord<K, V>, K = Uint8Array, V = Uint8Array>(
  stream: DStream<T>,
  options: KafkaSinkOptions<T, K, V>,
): void;
export function kafkaSink<T, K = Uint8Array, V = Uint8Array>(
  stream: DStream<T>,
  options: KafkaSinkOptions<T, K, V> & Required<Pick<KafkaSinkOptions<T, K, V>, 'record'>>,
): void;
export function kafkaSink<T, K, V>(stream: DStream<T>, options: KafkaSinkOptions<T, K, V>): void {
  const how = checkTransactionOptions('kafkaSink', options, OPTIONS);
  const { topic, name, transactional = false, compression = 'none', receipts } = options;
  const { retryFor = 60_000, transactionTimeout = 60_000 } = options;
  checkBoolean('kafkaSink: transactional', transactional);
  oneOf('kafkaSink: compression', compression, ['none', 'gzip', 'snappy', 'lz4', 'zstd']);
  const common = {
    kafka: checkKafkaConnection('kafkaSink', options),
    retryForMs: durationMs(retryFor, 'kafkaSink: retryFor', { allowZero: true }),
    producer: { compression, transactionTimeoutMs: durationMs(transactionTimeout, 'kafkaSink: transactionTimeout') },
    ...checkEncode(options),
  };
  if (transactional) attachTarget(stream, kafkaTarget({ ...common, receipts: receiptsOf(topic, receipts) }), name, how);
  else stream.writeTo(atLeastOnce({ ...common, how }), name === undefined ? {} : { name });
}

function checkEncode<T, K, V>({ topic, record, key, value }: KafkaSinkOptions<T, K, V>): EncodeOptions<T, K, V> {
  if (typeof topic !== 'function' && !isName(topic)) {
    const rule = 'must be the name of a topic, or a function that gives it for a record';
    throw error('MR_OPTION', { option: 'kafkaSink: topic', value: topic, rule });
  }
  if (record !== undefined && typeof record !== 'function')
    throw error('MR_OPTION', { option: 'kafkaSink: record', value: record, rule: 'must be a function' });
  return {
    topic,
    // The types see to it: without the function the stream has such records.
    record: record ?? ((given) => given as OutgoingKafkaRecord<K, V>),
    key: checkSerde('kafkaSink: key', key ?? (bytesSerde() as Serde<unknown> as Serde<K>)),
    value: checkSerde('kafkaSink: value', value ?? (bytesSerde() as Serde<unknown> as Serde<V>)),
  };
}

function receiptsOf(topic: unknown, receipts: string | undefined): string {
  const chosen = receipts ?? topic;
  if (isName(chosen)) return chosen;
  const rule = 'must be the name of a topic, and given where topic is a function';
  throw error('MR_OPTION', { option: 'kafkaSink: receipts', value: receipts, rule });
}

const isName = (name: unknown): name is string => typeof name === 'string' && /^[\w.-]{1,249}$/.test(name);
