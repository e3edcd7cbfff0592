import { error } from '@millrace/core/connector';
import type { RawHeader, RawRecord, Serde, TopicPartition } from '@millrace/kafka';
import { partitionName } from './offset-range.ts';

/** A record of a topic: Spark's `ConsumerRecord`. Plain data, so it may be persisted, windowed and shuffled as it is. */
export interface KafkaRecord<K = Uint8Array, V = Uint8Array> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** In ms since the epoch: given by the producer, or by the broker where the topic says so. */
  readonly timestamp: number;
  readonly key: K | null;
  /** Null deletes the key in a compacted topic. */
  readonly value: V | null;
  /** In their order; a name may be there twice. */
  readonly headers: readonly RawHeader[];
}

/** What becomes of a record whose key or value cannot be decoded: its batch fails, or it is left out and counted. */
export type OnBadRecord = 'fail' | 'drop';

/** How records are decoded. */
export interface Decoding<K, V> {
  /** The stream's name, for errors. */
  readonly stream: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  readonly onBadRecord: OnBadRecord;
  /** Counts records that were dropped. */
  readonly dropped: (count: number) => void;
}

/** Decodes what a fetch brought. @throws MR_BAD_RECORD, with topic, partition and offset */
export function decodeRecords<K, V>(
  at: TopicPartition,
  raw: readonly RawRecord[],
  { stream, key, value, onBadRecord, dropped }: Decoding<K, V>,
): KafkaRecord<K, V>[] {
  const { topic, partition } = at;
  const keyContext = { topic, part: 'key' } as const;
  const valueContext = { topic, part: 'value' } as const;
  const records: KafkaRecord<K, V>[] = [];
  for (let i = 0; i < raw.length; i++) {
    const { offset, timestamp, key: keyBytes, value: valueBytes, headers } = raw[i] as RawRecord;
    try {
      records.push({
        topic,
        partition,
        offset,
        timestamp,
        key: keyBytes === null ? null : key.deserialize(keyBytes, keyContext),
        value: valueBytes === null ? null : value.deserialize(valueBytes, valueContext),
        headers,
      });
    } catch (cause) {
      if (onBadRecord === 'drop') {
        dropped(1);
        continue;
      }
      const reason = cause instanceof Error ? cause.message : String(cause);
      const where = `at offset ${offset} of ${partitionName(at)}`;
      throw error('MR_BAD_RECORD', { source: stream, where, reason: reason.replace(/\.+$/, '') }, { cause });
    }
  }
  return records;
}
