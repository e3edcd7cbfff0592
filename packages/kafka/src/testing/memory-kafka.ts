import { KafkaFailure } from '../failure.ts';
import type {
  CommittedOffset,
  FetchRequest,
  KafkaClient,
  KafkaPort,
  OutgoingRecord,
  RawHeader,
  RawRecord,
  TopicInfo,
  TopicPartition,
} from '../port.ts';
import { MemoryPartition } from './memory-partition.ts';
import { MemoryProducer } from './memory-producer.ts';

/** A record as a test writes it: texts are UTF-8. */
export interface MemoryRecord {
  readonly key?: string | Uint8Array | null;
  readonly value?: string | Uint8Array | null;
  readonly headers?: readonly RawHeader[];
  /** 0 unless given. */
  readonly timestamp?: number;
}

interface Topic {
  readonly info: TopicInfo;
  readonly partitions: MemoryPartition[];
}

/** What becomes of a request: it fails before anything has happened, or when all has happened but the answer is lost. */
export type MemoryFate = 'before' | 'after' | null;

/** Brokers take no more for the metadata of an offset. */
const MOST_METADATA = 4096;

/**
 * Kafka for tests, in memory: topics, retention, compaction, transactions and the offsets of groups, without a broker and
 * without waiting. It is a `KafkaClient`: give it as `client`. Its ports work in the thread that made it, so jobs run on
 * a backend that shares the memory of the caller. No members of groups.
 *
 * @example
 * ```ts
 * const kafka = new MemoryKafka({ orders: 2 });
 * kafka.write('orders', 0, [{ key: 'a', value: '1' }]);
 * kafka.end('orders', 0); // 1
 * ```
 */
export class MemoryKafka implements KafkaClient {
  readonly name = 'memory';
  readonly #topics = new Map<string, Topic>();
  readonly #groups = new Map<string, Map<string, CommittedOffset>>();
  readonly #producers = new Map<string, MemoryProducer>();
  #made = 0;
  /** Each request fails as long as it is set: as brokers that are away do, or as the error says. */
  failure: KafkaFailure | null = null;
  /** What becomes of a request, by its name and its number from 0. */
  fate: (request: string, number: number) => MemoryFate = () => null;
  /** What a request waits for. */
  slow: (request: string) => Promise<void> = async () => {};
  /** Requests that ports and producers have made, by name. */
  readonly requests: string[] = [];
  /** Ports and producers that somebody has and has not closed. */
  openPorts = 0;
  openProducers = 0;

  /** @param topics with their numbers of partitions */
  constructor(topics: Readonly<Record<string, number>> = {}) {
    for (const [name, partitions] of Object.entries(topics)) this.createTopic(name, partitions);
  }

  /** @throws TypeError if it is there */
  createTopic(name: string, partitions = 1): void {
    if (this.#topics.has(name)) throw new TypeError(`there is a topic ${name}`);
    const id = (++this.#made).toString(16).padStart(32, '0');
    const numbers = Array.from({ length: partitions }, (_, i) => i);
    const info: TopicInfo = { name, id, partitions: numbers, internal: name.startsWith('__') };
    this.#topics.set(name, { info, partitions: numbers.map(() => new MemoryPartition()) });
  }

  deleteTopic(name: string): void {
    this.#topics.delete(name);
  }

  /** Adds partitions until there are so many. */
  addPartitions(name: string, count: number): void {
    const { info, partitions } = this.#topic(name);
    while (partitions.length < count) partitions.push(new MemoryPartition());
    this.#topics.set(name, { info: { ...info, partitions: [...partitions.keys()] }, partitions });
  }

  write(topic: string, partition: number, records: readonly MemoryRecord[]): void {
    for (const { key = null, value = null, headers = [], timestamp = 0 } of records)
      this.partition({ topic, partition }).append({ key: bytesOf(key), value: bytesOf(value), headers, timestamp });
  }

  /** Offset behind the last record. */
  end(topic: string, partition: number): number {
    return this.partition({ topic, partition }).offset('latest', 'read_uncommitted');
  }

  /** What a group has committed, by `topic/partition`. */
  groupOffsets(group: string): Readonly<Record<string, number>> {
    return Object.fromEntries([...(this.#groups.get(group) ?? [])].map(([name, { offset }]) => [name, offset]));
  }

  /** The log of a partition, for what retention, compaction and disks do to it. @throws KafkaFailure if there is none */
  partition({ topic, partition }: TopicPartition): MemoryPartition {
    const found = this.#topics.get(topic)?.partitions[partition];
    if (found === undefined) throw new KafkaFailure('unknown-topic', `there is no ${topic}/${partition}`);
    return found;
  }

  /** What readers of committed records see of a topic, partition after partition. */
  committed(topic: string): RawRecord[] {
    const wanted = {
      topic,
      topicId: '',
      offset: 0,
      isolation: 'read_committed',
      maxBytes: Infinity,
      maxWaitMs: 0,
    } as const;
    return this.#topic(topic).partitions.flatMap((log, partition) => {
      const offset = log.offset('earliest', 'read_committed');
      return log.fetch({ ...wanted, partition, offset }).records;
    });
  }

  /** Offsets of a group, as if somebody had committed them. */
  commitOffsets(group: string, offsets: readonly CommittedOffset[]): void {
    const known = this.#groups.get(group) ?? new Map<string, CommittedOffset>();
    this.#groups.set(group, known);
    for (const each of offsets) {
      if (each.metadata.length > MOST_METADATA) throw new KafkaFailure('fatal', 'the metadata is too large');
      known.set(`${each.topic}/${each.partition}`, each);
    }
  }

  async connect(): Promise<KafkaPort> {
    await this.ask('connect', () => {});
    this.openPorts += 1;
    return {
      topics: (names) =>
        this.ask('topics', () =>
          [...this.#topics.values()]
            .map(({ info }) => info)
            .filter(({ name }) => names === 'all' || names.includes(name)),
        ),
      offsets: (questions, isolation) =>
        this.ask('offsets', () => questions.map((at) => this.partition(at).offset(at.at, isolation))),
      fetch: (request) => this.ask('fetch', () => this.#fetch(request)),
      committed: (group, partitions) =>
        this.ask('committed', () =>
          partitions.flatMap(({ topic, partition }) => this.#groups.get(group)?.get(`${topic}/${partition}`) ?? []),
        ),
      commit: (group, offsets) => this.ask('commit offsets', () => this.commitOffsets(group, offsets)),
      join: () => Promise.reject(new KafkaFailure('fatal', 'a Kafka in memory has no members of groups')),
      producer: async ({ transactionalId }) => {
        const made = await this.ask('producer', () => this.#producer(transactionalId));
        this.openProducers += 1;
        return made;
      },
      close: async () => {
        this.openPorts -= 1;
      },
    };
  }

  /** For its ports and producers: a request, with its fate. */
  async ask<R>(request: string, work: () => R): Promise<R> {
    const fate = this.fate(request, this.requests.length);
    this.requests.push(request);
    await this.slow(request);
    if (this.failure !== null) throw this.failure;
    if (fate === 'before') throw new KafkaFailure('again', `${request}: the broker is away`);
    const result = work();
    if (fate === 'after') throw new KafkaFailure('again', `${request}: the answer is lost`);
    return result;
  }

  /** For its producers. */
  append({ key, value, headers, timestamp, ...at }: OutgoingRecord, transaction: MemoryProducer['transaction']): void {
    this.partition(at).append({ key, value, headers, timestamp }, transaction);
  }

  #producer(transactionalId: string | undefined): MemoryProducer {
    const made = new MemoryProducer(this, transactionalId !== undefined);
    if (transactionalId === undefined) return made;
    this.#producers.get(transactionalId)?.fence();
    this.#producers.set(transactionalId, made);
    return made;
  }

  #fetch(request: FetchRequest) {
    if (this.#topics.get(request.topic)?.info.id !== request.topicId)
      throw new KafkaFailure('unknown-topic', `there is no topic ${request.topic} with the id ${request.topicId}`);
    return this.partition(request).fetch(request);
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new TypeError(`there is no topic ${name}`);
    return topic;
  }
}

const bytesOf = (value: string | Uint8Array | null): Buffer | null =>
  value === null ? null : Buffer.from(value as string);
