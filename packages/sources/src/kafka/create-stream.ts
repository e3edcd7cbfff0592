import { type Duration, ReceiverInputDStream, type ReceiverStreamOptions, type StreamingContext } from '@millrace/core';
import { checkOptionNames, checkReceiverOptions, durationMs, error, RECEIVER_OPTIONS } from '@millrace/core/connector';
import type { GroupOptions } from '@millrace/kafka';
import { KafkaReceiver } from './kafka-receiver.ts';
import type { KafkaRecord, OnBadRecord } from './kafka-record.ts';
import { checkOnBadRecord, checkReading, type KafkaReadOptions, RDD_OPTIONS } from './options.ts';

/** Options of `createStream`. */
export interface KafkaReceiverOptions<K, V> extends KafkaReadOptions<K, V>, ReceiverStreamOptions {
  /** The group that the receiver joins: its offsets say where it goes on. */
  readonly group: string;
  readonly topics: readonly string[];
  /** Where to begin in partitions of which the group has no offset; `latest` unless given. */
  readonly startingOffsets?: 'earliest' | 'latest';
  /**
   * What becomes of a record that cannot be decoded: its partition is held up at it (`fail`, default), while others go on and listeners
   * are told which it is, or it is dropped and counted.
   */
  readonly onBadRecord?: OnBadRecord;
  /** After how long without a sign of life the group goes on without the receiver; 30 s unless given. A number is milliseconds. */
  readonly sessionTimeout?: Duration | number;
}

const OPTIONS: readonly string[] = [
  ...RDD_OPTIONS,
  ...RECEIVER_OPTIONS,
  'group',
  'topics',
  'startingOffsets',
  'onBadRecord',
  'sessionTimeout',
];

/**
 * Records of Kafka topics through a receiver: a member of a group, which shares the partitions with other members. What it
 * has got is stored, in the write-ahead log where a checkpoint with one is set, and then committed for the group: so a record
 * is never lost, and may be there twice after a crash between the two. `createDirectStream` has each record once, needs no log and
 * reads where the tasks are; this form is for groups that share their work with other programs.
 *
 * Bounds and rates are those of all receivers (`maxBufferedRecords`, `maxRate`, `backpressure`): a member that has no room
 * fetches no more. Offsets that are gone before they were read end the member's run, with an error for listeners: receivers
 * have no policy for them, and start again until somebody has moved the group's offsets.
 *
 * @throws MR_OPTION, MR_DURATION; at start MR_KAFKA_UNREACHABLE, MR_KAFKA_REFUSED, MR_KAFKA_FAILED, MR_MISSING_PACKAGE
 * @example
 * ```ts
 * const clicks = createStream(ssc, {
 *   brokers: [endpoint.host],
 *   group: 'clicks-per-page',
 *   topics: ['clicks'],
 *   key: stringSerde(),
 *   value: jsonSerde<{ page: string }>(),
 * });
 * clicks.map(({ value }) => value?.page ?? '').countByValue().print();
 * ```
 */
export function createStream<K = Uint8Array, V = Uint8Array>(
  ssc: StreamingContext,
  options: KafkaReceiverOptions<K, V>,
): ReceiverInputDStream<KafkaRecord<K, V>> {
  const owner = 'createStream';
  checkOptionNames(owner, options, OPTIONS);
  const { group, topics, startingOffsets = 'latest', name } = options;
  if (typeof group !== 'string' || group === '')
    throw error('MR_OPTION', { option: `${owner}: group`, value: group, rule: 'must be a text that is not empty' });
  const areNames = Array.isArray(topics) && topics.length > 0 && topics.every((t) => typeof t === 'string' && t !== '');
  if (!areNames)
    throw error('MR_OPTION', { option: `${owner}: topics`, value: topics, rule: 'must be a list of names of topics' });
  if (startingOffsets !== 'earliest' && startingOffsets !== 'latest') {
    const rule = "must be 'earliest' or 'latest'";
    throw error('MR_OPTION', { option: `${owner}: startingOffsets`, value: startingOffsets, rule });
  }
  const reading = { ...checkReading(owner, options), onBadRecord: checkOnBadRecord(owner, options.onBadRecord) };
  const intake = Object.fromEntries(Object.entries(options).filter(([option]) => RECEIVER_OPTIONS.includes(option)));
  checkReceiverOptions(owner, intake);
  const { kafka, isolation, maxBytes } = reading;
  const member: GroupOptions = {
    group,
    topics,
    from: startingOffsets,
    isolation,
    sessionTimeoutMs: durationMs(options.sessionTimeout ?? 30_000, `${owner}: sessionTimeout`),
    maxBytes,
  };
  const make = () => new KafkaReceiver<K, V>({ stream: name ?? owner, kafka, reading, group: member });
  return new ReceiverInputDStream<KafkaRecord<K, V>>(ssc, make, intake);
}
