import type { RDD, StreamingContext } from '@millrace/core';
import { checkOptionNames, error } from '@millrace/core/connector';
import { type Asking, type KafkaPort, type TopicInfo, untilReached } from '@millrace/kafka';
import type { KafkaRecord } from './kafka-record.ts';
import { checkRange, type KafkaRange, type OffsetRange } from './offset-range.ts';
import { type CheckedReading, checkReading, type KafkaReadOptions, RDD_OPTIONS } from './options.ts';
import { readRange } from './read-range.ts';

/**
 * An RDD of fixed ranges of offsets, a partition each: Spark's `KafkaUtils.createRDD`. For lookups inside `transform`, and for
 * reading again in `foreachRDD` what a batch has had. The tasks read the ranges, exactly: later records never show up, and where
 * one is gone or cannot be decoded, the batch fails. A task holds its range.
 *
 * Make it where it is used, inside the function; the options are checked each time, and a worker keeps one connection for each
 * `options` object.
 *
 * @throws MR_OPTION, MR_DURATION, MR_KAFKA_RANGE if a range ends before it begins; in tasks MR_KAFKA_RANGE if Kafka has not got
 * all of it, and what `createDirectStream` throws
 * @example
 * ```ts
 * const options = { brokers: [endpoint.host], value: jsonSerde<{ sku: string; name: string }>() };
 * const ranges = [{ topic: 'products', partition: 0, fromOffset: 0, untilOffset: 100 }];
 * const named = pairs.transform((rdd) =>
 *   rdd.join(createRDD(ssc, ranges, options).map(({ value }) => [value?.sku ?? '', value?.name ?? ''])),
 * );
 * ```
 */
export function createRDD<K = Uint8Array, V = Uint8Array>(
  ssc: StreamingContext,
  ranges: readonly OffsetRange[],
  options: KafkaReadOptions<K, V>,
): RDD<KafkaRecord<K, V>> {
  const reading = readingOf(options);
  if (!Array.isArray(ranges))
    throw error('MR_OPTION', {
      option: 'createRDD: ranges',
      value: ranges,
      rule: 'must be a list of ranges of offsets',
    });
  for (const range of ranges) checkRange('createRDD', range);
  const { clock } = ssc;
  return ssc
    .parallelize(ranges, Math.max(1, ranges.length))
    .mapAsync(
      async (range, { client }) => {
        const asking: Asking = {
          what: 'createRDD',
          brokers: reading.kafka.shown,
          clock,
          retryForMs: reading.retryForMs,
        };
        return readAll(client, range, reading, asking);
      },
      { using: reading.kafka.port },
    )
    .flatMap(allOf<KafkaRecord<K, V>>);
}

const allOf = <T>(records: readonly T[]): readonly T[] => records;

/** Checked once for each object of options, so that all RDDs made with it share a connection. */
const checked = new WeakMap<object, CheckedReading<never, never>>();

function readingOf<K, V>(options: KafkaReadOptions<K, V>): CheckedReading<K, V> {
  const known = checked.get(options);
  if (known !== undefined) return known as unknown as CheckedReading<K, V>;
  checkOptionNames('createRDD', options, RDD_OPTIONS);
  const reading = checkReading('createRDD', options);
  checked.set(options, reading as unknown as CheckedReading<never, never>);
  return reading;
}

async function readAll<K, V>(
  port: KafkaPort,
  { topic, partition, fromOffset: from, untilOffset: until }: OffsetRange,
  { kafka, key, value, isolation, maxBytes, retryForMs }: CheckedReading<K, V>,
  asking: Asking,
): Promise<KafkaRecord<K, V>[]> {
  if (from === until) return [];
  const wrong = (rule: string) => error('MR_KAFKA_RANGE', { what: 'createRDD', topic, partition, from, until, rule });
  const [info] = await untilReached(asking, () => port.topics([topic]));
  if (info?.partitions.includes(partition) !== true) throw wrong('there is no such partition');
  const [earliest, latest] = (await untilReached(asking, () =>
    port.offsets(
      [
        { topic, partition, at: 'earliest' },
        { topic, partition, at: 'latest' },
      ],
      isolation,
    ),
  )) as [number, number];
  if (until > latest || from < earliest) throw wrong(`Kafka has those from ${earliest} until ${latest}`);
  const range: KafkaRange = {
    source: 'kafka',
    topic,
    topicId: (info as TopicInfo).id,
    partition,
    fromOffset: from,
    untilOffset: until,
    isolation,
  };
  const all: KafkaRecord<K, V>[] = [];
  // It is exact or it fails: nobody would hear of what it left out.
  const nothing = { onBadRecord: 'fail', onDataLoss: 'fail', dropped: () => {}, lost: () => {} } as const;
  const settings = { ...nothing, stream: 'createRDD', key, value, brokers: kafka.shown, maxBytes, retryForMs };
  for await (const records of readRange(port, range, asking.clock, settings))
    for (const record of records) all.push(record);
  return all;
}
