import { KafkaFailure } from '../failure.ts';
import type {
  CommittedOffset,
  FetchRequest,
  KafkaClient,
  KafkaPort,
  OutgoingRecord,
  RawHeader,
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

/**
 * Kafka for tests, in memory: topics, retention, compaction, transactions and the offsets of groups, without a broker and
 * without waiting. It is a `KafkaClient`: give it as `client`. Its ports work in the thread that made it, so jobs run on
 * a backend that shares the memory of the caller. No members of groups.
 *
 * @example
 * ```ts
 * const kafka = new MemoryKafka();
 * kafka.createTopic('orders', 2);
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
  /** Requests that ports have made, by name: for tests of what is asked how often. */
  readonly requests: string[] = [];

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

  /** For its producers. */
  commitOffsets(group: string, offsets: readonly CommittedOffset[]): void {
    const known = this.#groups.get(group) ?? new Map<string, CommittedOffset>();
    this.#groups.set(group, known);
    for (const each of offsets) known.set(`${each.topic}/${each.partition}`, each);
  }

  async connect(): Promise<KafkaPort> {
    const ask = async <R>(name: string, work: () => R): Promise<R> => {
      this.requests.push(name);
      if (this.failure !== null) throw this.failure;
      return work();
    };
    await ask('connect', () => {});
    const answer: KafkaPort = {
      topics: (names) =>
        ask('topics', () =>
          [...this.#topics.values()]
            .map(({ info }) => info)
            .filter(({ name }) => names === 'all' || names.includes(name)),
        ),
      offsets: (questions, isolation) =>
        ask('offsets', () => questions.map((at) => this.partition(at).offset(at.at, isolation))),
      fetch: (request) => ask('fetch', () => this.#fetch(request)),
      committed: (group, partitions) =>
        ask('committed', () =>
          partitions.flatMap(({ topic, partition }) => this.#groups.get(group)?.get(`${topic}/${partition}`) ?? []),
        ),
      commit: (group, offsets) => ask('commit', () => this.commitOffsets(group, offsets)),
      join: () => Promise.reject(new KafkaFailure('fatal', 'a Kafka in memory has no members of groups')),
      producer: ({ transactionalId }) =>
        ask('producer', () => {
          const producer = new MemoryProducer(this, () => ask('produce', () => {}));
          if (transactionalId !== undefined) {
            this.#producers.get(transactionalId)?.fence();
            this.#producers.set(transactionalId, producer);
          }
          return producer;
        }),
      close: async () => {},
    };
    return answer;
  }

  /** For its producers. */
  append({ key, value, headers, timestamp, ...at }: OutgoingRecord, transaction: MemoryProducer['transaction']): void {
    this.partition(at).append({ key, value, headers, timestamp }, transaction);
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
