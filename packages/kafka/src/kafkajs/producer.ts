import type { PartitionerArgs, Producer, ProducerBatch, Transaction } from 'kafkajs';
import { hasCode, KafkaFailure } from '../failure.ts';
import { InTurn } from '../in-turn.ts';
import type {
  CommittedOffset,
  Compression,
  KafkaProducer,
  OutgoingRecord,
  ProducerOptions,
  TopicPartition,
} from '../port.ts';
import { byTopic } from '../protocol/by-topic.ts';
import { A_MOMENT, tryAgain } from '../try-again.ts';
import { toKafkaJsHeaders } from './headers.ts';

/** Numbers of the codecs. */
const COMPRESSION: Readonly<Record<Compression, number>> = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };
const ALL_IN_SYNC = -1;

/** What a producer needs of its port. */
interface Owner {
  failed(e: unknown): Error;
  closed(): void;
  /** @throws KafkaFailure `unknown-topic` */
  mustBeThere(partitions: readonly TopicPartition[]): Promise<void>;
}

/** A producer of kafkajs. */
export class KafkaJsProducer implements KafkaProducer {
  readonly #producer: Producer;
  readonly #transactional: boolean;
  readonly #compression: number;
  readonly #owner: Owner;
  /** kafkajs keeps the order of requests, but not that of calls. */
  readonly #turns = new InTurn();
  #transaction: Transaction | null = null;
  /** Begun in this process alone: the brokers hear of a transaction with its first record. */
  #next: Transaction | null = null;

  constructor(producer: Producer, { compression, transactionalId }: ProducerOptions, owner: Owner) {
    this.#producer = producer;
    this.#transactional = transactionalId !== undefined;
    this.#compression = COMPRESSION[compression];
    this.#owner = owner;
  }

  send(records: readonly OutgoingRecord[]): Promise<void> {
    return this.#inTurn(async () => {
      if (records.length === 0) return;
      const sender = this.#transactional ? this.#open() : this.#producer;
      // kafkajs would look for it for long.
      await this.#owner.mustBeThere(records);
      const batch: ProducerBatch = {
        acks: ALL_IN_SYNC,
        compression: this.#compression,
        topicMessages: byTopic(records).map(({ topic, partitions: of }) => ({
          topic,
          messages: of.map(({ key, value, headers, partition, timestamp }) => ({
            key,
            value,
            partition,
            timestamp: String(timestamp),
            ...(headers.length === 0 ? {} : { headers: toKafkaJsHeaders(headers) }),
          })),
        })),
      };
      await sender.sendBatch(batch);
    });
  }

  /** Takes over from an earlier producer with its name, which kafkajs does only when a transaction begins. */
  async takeOver(): Promise<void> {
    this.#next = await this.#producer.transaction();
  }

  begin(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#transactional) throw misuse('a producer without transactionalId has no transactions');
      if (this.#transaction !== null) throw misuse('a transaction was begun already');
      this.#transaction = this.#next ?? (await this.#producer.transaction());
      this.#next = null;
    });
  }

  sendOffsets(group: string, offsets: readonly CommittedOffset[]): Promise<void> {
    return this.#inTurn(async () => {
      if (offsets.length === 0) return;
      const transaction = this.#open();
      const topics = byTopic(offsets).map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, offset, metadata }) => ({
          partition,
          offset: String(offset),
          metadata,
        })),
      }));
      const once = async () => {
        try {
          await transaction.sendOffsets({ consumerGroupId: group, topics });
        } catch (e) {
          throw this.#owner.failed(e);
        }
      };
      // The transaction before it may still be ending, after which kafkajs asks again only for records (tulios/kafkajs#430).
      await tryAgain(A_MOMENT, once, { worthIt: hasCode });
    });
  }

  commit(): Promise<void> {
    return this.#inTurn(() => this.#end().commit());
  }

  abort(): Promise<void> {
    return this.#inTurn(() => this.#end().abort());
  }

  async close(): Promise<void> {
    this.#owner.closed();
    await this.#turns.do(async () => {
      // What is open would hold up readers until its time is over.
      if (this.#transaction !== null)
        await this.#end()
          .abort()
          .catch(() => {});
    });
    await this.#producer.disconnect();
  }

  #end(): Transaction {
    const transaction = this.#open();
    this.#transaction = null;
    return transaction;
  }

  #open(): Transaction {
    if (this.#transaction === null) throw misuse('no transaction was begun');
    return this.#transaction;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    return this.#turns.do(async () => {
      try {
        await work();
      } catch (e) {
        throw this.#owner.failed(e);
      }
    });
  }
}

const misuse = (message: string) => new KafkaFailure('fatal', message);

/**
 * The partition that a record has. kafkajs drops records without a word whose partition it has not heard of: of a topic that
 * has grown. By this name of an error it asks the brokers, and tries again.
 */
export function givenPartition({ topic, partitionMetadata, message }: PartitionerArgs): number {
  const partition = message.partition as number;
  if (partitionMetadata.some(({ partitionId }) => partitionId === partition)) return partition;
  const unknown = new Error(`the brokers know of no partition ${partition} of the topic ${topic}`);
  throw Object.assign(unknown, { name: 'KafkaJSMetadataNotLoaded' });
}
