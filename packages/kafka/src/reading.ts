import { KafkaFailure, refusedWith } from './failure.ts';
import type { Fetched, FetchRequest, IsolationLevel, OffsetAt, TopicInfo, TopicPartition } from './port.ts';
import { fetchRequest } from './protocol/fetch.ts';
import { listOffsetsRequest } from './protocol/list-offsets.ts';
import { metadataRequest, type TopicMetadata } from './protocol/metadata.ts';
import type { Brokers, CompactRequest } from './protocol/request.ts';
import type { Codecs } from './records/compression.ts';
import { decodeBatches } from './records/record-batch.ts';

const UNKNOWN_TOPIC = 3;
const TIMESTAMPS = { earliest: -2, latest: -1 } as const;

type Question = TopicPartition & { readonly at: OffsetAt };

/** Topics, offsets and records, asked for without a group. */
export class Reading {
  readonly #brokers: Brokers;
  readonly #codecs: Codecs;
  /** Who leads a partition, by topic and partition: as of the last metadata. */
  readonly #leaders = new Map<string, number>();

  constructor(brokers: Brokers, codecs: Codecs) {
    this.#brokers = brokers;
    this.#codecs = codecs;
  }

  async topics(names: readonly string[] | 'all'): Promise<TopicInfo[]> {
    if (names !== 'all' && names.length === 0) return [];
    const found = await this.#metadata(names);
    return found.map(({ name, id, internal, partitions }) => ({
      name,
      id,
      internal,
      partitions: partitions.map(({ partition }) => partition).sort((a, b) => a - b),
    }));
  }

  async offsets(questions: readonly Question[], isolation: IsolationLevel): Promise<number[]> {
    const leaders = await this.leaders(questions);
    const answers = new Array<number>(questions.length);
    // A partition that is asked about twice needs two requests: answers are told apart by partition alone.
    const groups = Map.groupBy(questions.keys(), (i) => `${leaders[i]} ${timestampOf(questions[i] as Question)}`);
    await Promise.all(
      [...groups.values()].map(async (indices) => {
        const leader = leaders[indices[0] as number] as number;
        const asked = indices.map((i) => questions[i] as Question);
        const offsets = await this.#listOffsets(leader, asked, isolation);
        indices.forEach((index, n) => {
          answers[index] = offsets[n] as number;
        });
      }),
    );
    return answers;
  }

  async fetch(request: FetchRequest): Promise<Fetched> {
    const leader = await this.#leader(request);
    const { error, aborted, records } = await this.#sendToLeader(leader, [request], fetchRequest(request));
    if (error !== 0) throw this.#refused(error, request);
    if (records === null || records.length === 0) return { records: [], next: request.offset };
    const { offset: from, isolation, maxBytes: maxUnpackedBytes } = request;
    const { decompress } = this.#codecs;
    return decodeBatches(records, { from, isolation, aborted, decompress, maxUnpackedBytes });
  }

  /** Who leads these partitions, by their order. */
  async leaders(partitions: readonly TopicPartition[]): Promise<number[]> {
    const unknown = partitions.filter((each) => !this.#leaders.has(key(each)));
    if (unknown.length > 0) await this.#metadata([...new Set(unknown.map(({ topic }) => topic))]);
    return Promise.all(partitions.map((each) => this.#leader(each)));
  }

  /** What is known of who leads these may be wrong. */
  forget(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) this.#leaders.delete(key(each));
  }

  async #listOffsets(leader: number, asked: readonly Question[], isolation: IsolationLevel): Promise<number[]> {
    const once = [...new Map(asked.map((each) => [key(each), each])).values()];
    const timed = once.map(({ topic, partition, at }) => ({ topic, partition, timestamp: timestampOf({ at }) }));
    const answers = await this.#sendToLeader(leader, asked, listOffsetsRequest(timed, isolation));
    const found = new Map<string, number>();
    for (const { topic, partition, error, offset } of answers) {
      if (error !== 0) {
        this.forget(asked);
        throw refusedWith(error, `offsets of ${topic}/${partition} could not be asked for`);
      }
      found.set(key({ topic, partition }), offset);
    }
    // Behind all records there is none that is not older than a timestamp.
    const behind = once.filter((each) => typeof each.at === 'object' && found.get(key(each)) === -1);
    if (behind.length > 0) {
      const ends = await this.#listOffsets(
        leader,
        behind.map(({ topic, partition }) => ({ topic, partition, at: 'latest' })),
        isolation,
      );
      for (const [i, each] of behind.entries()) found.set(key(each), ends[i] as number);
    }
    return asked.map((each) => found.get(key(each)) as number);
  }

  async #leader(of: TopicPartition): Promise<number> {
    if (!this.#leaders.has(key(of))) await this.#metadata([of.topic]);
    const leader = this.#leaders.get(key(of));
    if (leader === undefined)
      throw new KafkaFailure('unknown-topic', `there is no partition ${of.partition} of the topic ${of.topic}`);
    if (leader === -1) {
      this.#leaders.delete(key(of));
      throw new KafkaFailure('again', `partition ${of.partition} of the topic ${of.topic} has no leader now`);
    }
    return leader;
  }

  async #metadata(names: readonly string[] | 'all'): Promise<readonly TopicMetadata[]> {
    const { topics } = await this.#brokers.send(null, metadataRequest(names));
    for (const { name, error } of topics) {
      if (error !== 0 && error !== UNKNOWN_TOPIC)
        throw refusedWith(error, `the brokers do not say where the topic ${name} is`);
    }
    const found = topics.filter(({ error }) => error === 0);
    for (const { name, partitions } of found)
      for (const { partition, leader } of partitions) this.#leaders.set(key({ topic: name, partition }), leader);
    return found;
  }

  /** A broker that is away may have handed over what it led. */
  async #sendToLeader<R>(leader: number, about: readonly TopicPartition[], request: CompactRequest<R>): Promise<R> {
    try {
      return await this.#brokers.send(leader, request);
    } catch (e) {
      this.forget(about);
      throw e;
    }
  }

  #refused(code: number, request: FetchRequest): KafkaFailure {
    this.forget([request]);
    const { topic, partition, offset } = request;
    return refusedWith(code, `offset ${offset} of ${topic}/${partition} could not be read`);
  }
}

const key = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

const timestampOf = ({ at }: { readonly at: OffsetAt }): number =>
  typeof at === 'object' ? at.timestamp : TIMESTAMPS[at];
