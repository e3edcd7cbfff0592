import {
  type CommittedOffset,
  type KafkaClient,
  KafkaFailure,
  type KafkaPort,
  type KafkaProducer,
  type OutgoingRecord,
  type ProducerOptions,
} from '@millrace/kafka';

/** What becomes of a step: it fails before anything has happened, or when all has happened but the answer is lost. */
export type Fate = 'before' | 'after' | null;

/**
 * As much of Kafka as a sink needs, in memory: topics, offsets of groups, producers that fence one another. A producer that
 * has failed may not be used again.
 */
export class FakeKafka implements KafkaClient {
  readonly name = 'fake';
  /** What readers of committed records see, in the order of commits. */
  readonly records: OutgoingRecord[] = [];
  /** Of topics, how many partitions they have. */
  readonly partitions = new Map<string, number>();
  /** What happened, by name. */
  readonly steps: string[] = [];
  readonly #offsets = new Map<string, CommittedOffset>();
  readonly #owners = new Map<string, FakeProducer>();
  readonly #fate: (step: string, number: number) => Fate;
  /** What a step waits for. */
  slow: (step: string) => Promise<void> = async () => {};
  /** Ports and producers that somebody has and has not closed. */
  open = 0;
  producers = 0;

  constructor(topics: Readonly<Record<string, number>>, fate: (step: string, number: number) => Fate = () => null) {
    for (const [topic, count] of Object.entries(topics)) this.partitions.set(topic, count);
    this.#fate = fate;
  }

  async connect(): Promise<KafkaPort> {
    this.open += 1;
    return {
      topics: (names) =>
        this.step('topics', () =>
          [...this.partitions]
            .filter(([name]) => names === 'all' || names.includes(name))
            .map(([name, count]) => {
              const partitions = Array.from({ length: count }, (_, i) => i);
              return { name, id: name, partitions, internal: false };
            }),
        ),
      committed: (group, partitions) =>
        this.step('committed', () => partitions.flatMap((p) => this.#offsets.get(keyOf(group, p)) ?? [])),
      commit: (group, offsets) => this.step('commit offsets', () => this.keep(group, offsets)),
      producer: async (options) => {
        const made = await this.step('producer', () => this.#producer(options));
        this.producers += 1;
        return made;
      },
      offsets: unused,
      fetch: unused,
      join: unused,
      close: async () => {
        this.open -= 1;
      },
    };
  }

  async step<R>(name: string, work: () => R): Promise<R> {
    const fate = this.#fate(name, this.steps.length);
    this.steps.push(name);
    await this.slow(name);
    if (fate === 'before') throw new KafkaFailure('again', `${name}: the broker is away`);
    const result = work();
    if (fate === 'after') throw new KafkaFailure('again', `${name}: the answer is lost`);
    return result;
  }

  keep(group: string, offsets: readonly CommittedOffset[]): void {
    for (const offset of offsets) {
      if (offset.metadata.length > 4096) throw new KafkaFailure('fatal', 'the metadata is too large');
      this.#offsets.set(keyOf(group, offset), offset);
    }
  }

  #producer({ transactionalId }: ProducerOptions): KafkaProducer {
    const made = new FakeProducer(this, transactionalId !== undefined);
    if (transactionalId !== undefined) {
      this.#owners.get(transactionalId)?.fence();
      this.#owners.set(transactionalId, made);
    }
    return made;
  }
}

class FakeProducer implements KafkaProducer {
  readonly #kafka: FakeKafka;
  readonly #transactional: boolean;
  #staged: { records: OutgoingRecord[]; offsets: [string, readonly CommittedOffset[]][] } | null = null;
  #fenced = false;
  #failed = false;
  #closed = false;

  constructor(kafka: FakeKafka, transactional: boolean) {
    this.#kafka = kafka;
    this.#transactional = transactional;
  }

  /** Another has taken over: what was begun is gone. */
  fence(): void {
    this.#fenced = true;
    this.#staged = null;
  }

  send(records: readonly OutgoingRecord[]): Promise<void> {
    return this.#step('send', () => {
      (this.#transactional ? this.#open().records : this.#kafka.records).push(...records);
    });
  }

  begin(): Promise<void> {
    return this.#step('begin', () => {
      this.#staged = { records: [], offsets: [] };
    });
  }

  sendOffsets(group: string, offsets: readonly CommittedOffset[]): Promise<void> {
    return this.#step('send offsets', () => void this.#open().offsets.push([group, offsets]));
  }

  commit(): Promise<void> {
    return this.#step('commit', () => {
      const { records, offsets } = this.#open();
      for (const [group, of] of offsets) this.#kafka.keep(group, of);
      this.#kafka.records.push(...records);
      this.#staged = null;
    });
  }

  abort(): Promise<void> {
    return this.#step('abort', () => {
      this.#staged = null;
    });
  }

  async close(): Promise<void> {
    if (!this.#closed) this.#kafka.producers -= 1;
    this.#closed = true;
  }

  async #step(name: string, work: () => void): Promise<void> {
    if (this.#closed || this.#failed) throw new Error(`${name}: a producer that has failed or is closed is used again`);
    try {
      await this.#kafka.step(name, () => {
        if (this.#fenced) throw new KafkaFailure('fenced', `${name}: another producer has taken over`);
        work();
      });
    } catch (e) {
      this.#failed = true;
      throw e;
    }
  }

  #open() {
    if (this.#staged === null) throw new TypeError('no transaction was begun');
    return this.#staged;
  }
}

const keyOf = (group: string, { topic, partition }: { topic: string; partition: number }) =>
  `${group} ${topic} ${partition}`;
const unused = () => Promise.reject(new Error('a sink has no use for this'));
