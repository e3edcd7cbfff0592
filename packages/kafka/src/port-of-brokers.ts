import { joinGroup } from './group/group-member.ts';
import { rebalanceTimeoutMs } from './group/membership.ts';
import { commitOffsets, committedOffsets } from './group/offsets.ts';
import type { KafkaPort, KafkaProducer, ProducerOptions, TopicPartition } from './port.ts';
import type { Brokers } from './protocol/request.ts';
import { Reading } from './reading.ts';
import type { Codecs } from './records/compression.ts';

/** What a client gives to a port. */
export interface Client {
  /** Connections that are open. */
  readonly brokers: Brokers;
  /** Opens more of them. @param patienceMs how much longer than others an answer may take */
  connect(patienceMs?: number): Promise<Brokers>;
  readonly codecs: Codecs;
  /** Makes a failure of an error of the client, without secrets. */
  failed(e: unknown): Error;
}

/**
 * A port over the connections of a client: it reads and is in groups by requests of its own, the same for all clients, so that offsets
 * are exact with each. A client adds its producers.
 */
export abstract class PortOfBrokers implements KafkaPort {
  readonly #client: Client;
  readonly #reading: Reading;
  /** What is to be closed with it. */
  readonly #open = new Set<{ close(): Promise<void> }>();
  #closing: Promise<void> | null = null;

  constructor(client: Client) {
    this.#client = client;
    this.#reading = new Reading(client.brokers, client.codecs);
  }

  topics: KafkaPort['topics'] = (names) => this.#try(() => this.#reading.topics(names));

  offsets: KafkaPort['offsets'] = (questions, isolation) =>
    this.#try(() => this.#reading.offsets(questions, isolation));

  fetch: KafkaPort['fetch'] = (request) => this.#try(() => this.#reading.fetch(request));

  committed: KafkaPort['committed'] = (group, partitions, { stable = false } = {}) =>
    this.#try(() => committedOffsets(this.#client.brokers, group, partitions, stable));

  commit: KafkaPort['commit'] = (group, offsets) =>
    this.#try(() => commitOffsets(this.#client.brokers, group, offsets));

  join: KafkaPort['join'] = (options, handle) =>
    this.#try(async () => {
      const brokers = await this.#client.connect(rebalanceTimeoutMs(options));
      const member = await joinGroup(brokers, this.#client.codecs, options, handle, this.failed);
      const open = { close: () => member.stop() };
      this.#open.add(open);
      const left = () => this.#open.delete(open);
      member.ended.then(left, left);
      return member;
    });

  producer: KafkaPort['producer'] = (options) =>
    this.#try(async () => {
      const producer = await this.makeProducer(options);
      this.#open.add(producer);
      return producer;
    });

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Makes a producer, which calls `closed` when it is closed. */
  protected abstract makeProducer(options: ProducerOptions): Promise<KafkaProducer>;

  /** A producer was closed by who has it. */
  protected closed(producer: KafkaProducer): void {
    this.#open.delete(producer);
  }

  /** @throws KafkaFailure `unknown-topic` where records are for a partition that is not there */
  protected async mustBeThere(partitions: readonly TopicPartition[]): Promise<void> {
    // Once for each partition, however many records it gets.
    const once = new Map(partitions.map(({ topic, partition }) => [`${topic}/${partition}`, { topic, partition }]));
    await this.#try(() => this.#reading.leaders([...once.values()]));
  }

  protected readonly failed = (e: unknown): Error => this.#client.failed(e);

  async #close(): Promise<void> {
    await Promise.allSettled([...this.#open].map((each) => each.close()));
    this.#open.clear();
    await this.#client.brokers.close();
  }

  async #try<R>(work: () => Promise<R>): Promise<R> {
    try {
      return await work();
    } catch (e) {
      throw this.failed(e);
    }
  }
}
