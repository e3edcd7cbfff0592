/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Which records a reader sees: those of transactions once they are committed, or everything that was written. */
export type IsolationLevel = 'read_committed' | 'read_uncommitted';

/** A topic as the brokers know it now. */
export interface TopicInfo {
  readonly name: string;
  /** What tells it from another topic of the same name, deleted or made later: 32 hexadecimal digits. */
  readonly id: string;
  /** Its partitions, in order. */
  readonly partitions: readonly number[];
  /** One of Kafka's own, such as `__consumer_offsets`. */
  readonly internal: boolean;
}

/** A place in a partition to ask the offset of: its first record, behind its last, or the first that is not older. */
export type OffsetAt = 'earliest' | 'latest' | { readonly timestamp: number };

/** What to read, in one request. */
export interface FetchRequest extends TopicPartition {
  /** The topic that is meant, see `TopicInfo`: another one of its name is not read. */
  readonly topicId: string;
  /** First offset that is wanted. */
  readonly offset: number;
  readonly isolation: IsolationLevel;
  /** Most bytes of the answer; the first batch of records comes whole, however large it is. */
  readonly maxBytes: number;
  /** How long the broker may wait where there is nothing yet, in ms. */
  readonly maxWaitMs: number;
}

/** A record as it lies in a partition. */
export interface RawRecord {
  readonly offset: number;
  /** In ms since the epoch: given by the producer, or by the broker where the topic says so. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  /** Null deletes the key in a compacted topic. */
  readonly value: Buffer | null;
  /** In their order; a name may be there twice. */
  readonly headers: readonly RawHeader[];
}

export type RawHeader = readonly [name: string, value: Buffer | null];

/**
 * Takes the records of a partition. It resolves when they are dealt with, or with the offset from which on they are not: what is
 * before it is committed, and the rest comes again. Where it rejects, all come again.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: most handlers deal with all, and say nothing
export type HandleRecords = (records: GroupRecords) => Promise<number | void>;

/** What a fetch brought. */
export interface Fetched {
  /**
   * The records that the isolation level shows, from the offset that was asked for, in order. Offsets have gaps: of compacted
   * records, aborted transactions, and marks of transactions.
   */
  readonly records: readonly RawRecord[];
  /** Where to go on: behind all that was looked at, also where it showed no record. The offset that was asked for, if nothing was there. */
  readonly next: number;
  /**
   * What was fetched and is packed still, from `next` on: about `maxBytes` are unpacked at a time, so that a few bytes that stand for many
   * do not fill the memory. Who does not use it fetches it again. @throws Error if it is damaged
   */
  readonly more?: () => Fetched;
}

/** Where a group stands in a partition. */
export interface CommittedOffset extends TopicPartition {
  readonly offset: number;
  /** A text of whoever committed it. */
  readonly metadata: string;
}

/** A record that is to be written. */
export interface OutgoingRecord extends TopicPartition {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RawHeader[];
  /** In ms since the epoch. */
  readonly timestamp: number;
}

/** How records are packed on their way and in the topic. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** How a producer works. */
export interface ProducerOptions {
  /**
   * For transactions: all records between `begin` and `commit` are seen, or none. A producer with the same name takes over:
   * what an earlier one had begun is aborted, and it cannot go on.
   */
  readonly transactionalId?: string;
  readonly compression: Compression;
  /** After how long the broker aborts a transaction that is not ended, in ms. */
  readonly transactionTimeoutMs: number;
}

/**
 * A producer whose retries write nothing twice (idempotent, `acks` of all replicas in sync). After an error that is not
 * its caller's fault it is to be closed, and another one made.
 */
export interface KafkaProducer {
  /** Writes records; resolves when the brokers have them. */
  send(records: readonly OutgoingRecord[]): Promise<void>;
  /** Begins a transaction. */
  begin(): Promise<void>;
  /** Makes the offsets of a group a part of the transaction. */
  sendOffsets(group: string, offsets: readonly CommittedOffset[]): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
  close(): Promise<void>;
}

/** How a member of a group consumes. */
export interface GroupOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** Where to begin in partitions of which the group has no offset. */
  readonly from: 'earliest' | 'latest';
  readonly isolation: IsolationLevel;
  /** After how long without a sign of life the group goes on without this member, in ms. */
  readonly sessionTimeoutMs: number;
  /** Most bytes that one fetch of a partition brings. */
  readonly maxBytes: number;
}

/** Records of one partition that a member of a group got. */
export interface GroupRecords extends TopicPartition {
  readonly records: readonly RawRecord[];
  /** The offset to commit when they are dealt with. */
  readonly next: number;
}

/** A member of a group that consumes until it is stopped. */
export interface GroupMember {
  /** Resolves when it has left the group. */
  stop(): Promise<void>;
  /** Rejects when the member cannot go on; resolves when it was stopped. */
  readonly ended: Promise<void>;
}

/**
 * What Millrace asks of a Kafka client; `kafkajs` and `@platformatic/kafka` are behind it, and what another one would have to
 * implement. `kafkaPortConformance` of `@millrace/kafka/testing` is the suite that it passes.
 *
 * All methods fail with `KafkaFailure`, which says whether trying again may help. They try for themselves what the client
 * tries, but do not wait for a broker that is away: `untilReached` does.
 */
export interface KafkaPort {
  /** The topics of these names that there are, or all. Asks the brokers each time. Makes none. */
  topics(names: readonly string[] | 'all'): Promise<readonly TopicInfo[]>;
  /**
   * Offsets by the order of the questions. `latest` is the end that the isolation level sees: before the first transaction that
   * is still open, for `read_committed`. A timestamp behind all records gives `latest`.
   */
  offsets(
    questions: readonly (TopicPartition & { readonly at: OffsetAt })[],
    isolation: IsolationLevel,
  ): Promise<readonly number[]>;
  /** One request for records. */
  fetch(request: FetchRequest): Promise<Fetched>;
  /**
   * What a group has committed; partitions of which it has nothing are left out.
   * @param how `stable`: fails with `again` while a transaction that commits some of it is not over; false unless given
   */
  committed(
    group: string,
    partitions: readonly TopicPartition[],
    how?: { readonly stable?: boolean },
  ): Promise<readonly CommittedOffset[]>;
  /** Commits offsets for a group that has no members. */
  commit(group: string, offsets: readonly CommittedOffset[]): Promise<void>;
  /** Joins a group. `handle` gets the records of a partition one after the other; what it has dealt with is committed. */
  join(options: GroupOptions, handle: HandleRecords): Promise<GroupMember>;
  /** @throws KafkaFailure */
  producer(options: ProducerOptions): Promise<KafkaProducer>;
  /** Ends all connections, those of its producers as well. */
  close(): Promise<void>;
}

/** A Kafka client that can be used: how a port is made with it. */
export interface KafkaClient {
  /** The name of its package. */
  readonly name: string;
  /** Connects to the brokers. @throws KafkaFailure, MR_MISSING_PACKAGE */
  connect(settings: KafkaSettings): Promise<KafkaPort>;
}

/** How to connect, checked. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls: import('node:tls').ConnectionOptions | null;
  readonly sasl: KafkaSasl | null;
  /** How long connecting and a request may take, in ms. */
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/** Who logs in. The password, or a function that gives it when a connection is made. */
export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string | (() => string | Promise<string>);
}
