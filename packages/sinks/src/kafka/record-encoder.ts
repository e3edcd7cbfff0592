import type { SinkPartition } from '@millrace/core';
import { murmur2, type OutgoingRecord, partitionOfKey, type Serde } from '@millrace/kafka';
import { type OutgoingKafkaRecord, rawHeaders, toBuffer } from './outgoing-record.ts';

/** How records become those of Kafka. */
export interface EncodeOptions<T, K, V> {
  readonly topic: string | ((record: T) => string);
  readonly record: (record: T) => OutgoingKafkaRecord<K, V>;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
}

/** So many records without a key go to one partition before it is the next one's turn: they travel together. */
const RUN = 100;

/** How many partitions a topic has. */
export type CountPartitions = (topic: string) => Promise<number>;

/**
 * Makes the records of one partition of a batch ready. The same records get the same partitions of Kafka again, as long as the
 * topic has as many: by their keys as the Java client has it, and without one in turn, from a partition that depends on the
 * batch.
 */
export class RecordEncoder<T, K, V> {
  readonly #options: EncodeOptions<T, K, V>;
  readonly #count: CountPartitions;
  readonly #now: () => number;
  /** Of the topics of this batch. */
  readonly #counts = new Map<string, number>();
  readonly #first: number;
  #withoutKey = 0;

  constructor(options: EncodeOptions<T, K, V>, partition: SinkPartition, count: CountPartitions) {
    this.#options = options;
    this.#count = count;
    this.#now = () => partition.clock.now();
    const { job, output, time } = partition;
    const batch = [job, output, time.milliseconds, partition.partition].join('/');
    this.#first = murmur2(Buffer.from(batch)) & 0x7fffffff;
  }

  /** @throws MR_OPTION from serdes; Error for what is no record; what functions of the user throw */
  async encode(records: readonly T[]): Promise<OutgoingRecord[]> {
    const out: OutgoingRecord[] = [];
    const now = this.#now();
    for (const record of records) {
      const made = this.#options.record(record);
      if (typeof made !== 'object' || made === null || made.value === undefined)
        throw new TypeError('a record has no value: null deletes its key, everything else needs one');
      const topic = made.topic ?? this.#topicOf(record);
      let count = this.#counts.get(topic);
      if (count === undefined) {
        count = await this.#count(topic);
        this.#counts.set(topic, count);
      }
      out.push(this.#outgoing(made, topic, count, now));
    }
    return out;
  }

  #topicOf(record: T): string {
    const { topic } = this.#options;
    const name = typeof topic === 'string' ? topic : topic(record);
    if (typeof name === 'string' && name !== '') return name;
    throw new TypeError('the topic of a record is no text');
  }

  #outgoing(made: OutgoingKafkaRecord<K, V>, topic: string, count: number, now: number): OutgoingRecord {
    const key = bytesOf(this.#options.key, made.key ?? null, { topic, part: 'key' });
    const value = bytesOf(this.#options.value, made.value, { topic, part: 'value' });
    const { timestamp = now } = made;
    if (!Number.isSafeInteger(timestamp) || timestamp < 0)
      throw new RangeError(`the timestamp of a record is ${timestamp}: it must be whole milliseconds since 1970`);
    return {
      topic,
      partition: this.#partitionOf(made.partition, key, topic, count),
      key,
      value,
      headers: rawHeaders(made.headers),
      timestamp,
    };
  }

  #partitionOf(given: number | undefined, key: Buffer | null, topic: string, count: number): number {
    if (given !== undefined) {
      if (Number.isInteger(given) && given >= 0 && given < count) return given;
      throw new RangeError(`a record is for partition ${given} of ${topic}, which has 0 to ${count - 1}`);
    }
    if (key !== null) return partitionOfKey(key, count);
    return (this.#first + Math.floor(this.#withoutKey++ / RUN)) % count;
  }
}

function bytesOf<W>(serde: Serde<W>, value: W | null, context: Parameters<Serde<W>['serialize']>[1]): Buffer | null {
  if (value === null) return null;
  const bytes: unknown = serde.serialize(value, context);
  if (bytes instanceof Uint8Array) return toBuffer(bytes);
  const { part, topic } = context;
  throw new TypeError(
    `the serde of the ${part} of a record for ${topic} gave ${typeof bytes} where bytes (Uint8Array) are needed`,
  );
}
