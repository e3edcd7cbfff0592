import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ConformanceCase } from '@millrace/core/testing';
import { type FailureKind, isKafkaFailure } from '../../failure.ts';
import type {
  Compression,
  Fetched,
  IsolationLevel,
  KafkaPort,
  KafkaProducer,
  KafkaSettings,
  OutgoingRecord,
  RawHeader,
  RawRecord,
  TopicInfo,
} from '../../port.ts';
import type { KafkaPortUnderTest } from '../port-conformance.ts';

/** A part of the suite. */
export type Cases = readonly (readonly [name: string, body: (scene: Scene) => Promise<void>])[];

/** Makes cases, each with a port, and topics and groups of its own. */
export function casesOf(make: () => KafkaPortUnderTest | Promise<KafkaPortUnderTest>, cases: Cases): ConformanceCase[] {
  return cases.map(([name, body]) => ({
    name,
    run: async () => {
      const world = await make();
      const scene = new Scene(world, await world.client.connect(world.settings));
      try {
        await body(scene);
      } finally {
        await scene.close();
      }
    },
  }));
}

/** What a case works with. */
export class Scene {
  readonly world: KafkaPortUnderTest;
  readonly port: KafkaPort;
  /** A group of this case alone. */
  readonly group = `group-${randomUUID()}`;
  readonly #topics: string[] = [];
  readonly #ports: KafkaPort[] = [];

  constructor(world: KafkaPortUnderTest, port: KafkaPort) {
    this.world = world;
    this.port = port;
    this.#ports.push(port);
  }

  /** Makes a topic of this case alone. */
  async topic(numPartitions = 1, config: Readonly<Record<string, string>> = {}): Promise<TopicInfo> {
    const name = `topic-${randomUUID()}`;
    this.#topics.push(name);
    await this.world.cluster.createTopic(name, numPartitions, config);
    return this.find(name);
  }

  /** A topic that is there. */
  async find(name: string): Promise<TopicInfo> {
    const [found] = await this.port.topics([name]);
    if (found === undefined) throw new Error(`the topic ${name} is not there`);
    return found;
  }

  /** One more connection with the same client. */
  async connect(about: Partial<KafkaSettings> = {}): Promise<KafkaPort> {
    const port = await this.world.client.connect({ ...this.world.settings, ...about });
    this.#ports.push(port);
    return port;
  }

  producer(transactionalId?: string, compression: Compression = 'none'): Promise<KafkaProducer> {
    return this.port.producer({
      compression,
      transactionTimeoutMs: 60_000,
      ...(transactionalId === undefined ? {} : { transactionalId }),
    });
  }

  /** Writes one batch with these values to partition 0, by a producer of its own. */
  async write(topic: string, values: readonly (string | null)[], compression: Compression = 'none'): Promise<void> {
    const producer = await this.producer(undefined, compression);
    await producer.send(values.map((value) => record(topic, { value })));
    await producer.close();
  }

  fetch(
    topic: TopicInfo,
    offset: number,
    about: { partition?: number; maxBytes?: number; maxWaitMs?: number; isolation?: IsolationLevel } = {},
  ): Promise<Fetched> {
    const { partition = 0, maxBytes = 1_000_000, maxWaitMs = 0, isolation = 'read_committed' } = about;
    const { name, id } = topic;
    return this.port.fetch({ topic: name, topicId: id, partition, offset, isolation, maxBytes, maxWaitMs });
  }

  /** All of a partition, fetch by fetch, as an exact reader goes. */
  async readAll(topic: TopicInfo, about: Parameters<Scene['fetch']>[2] = {}): Promise<RawRecord[]> {
    const { partition = 0, isolation = 'read_committed' } = about;
    const [end] = await this.port.offsets([{ topic: topic.name, partition, at: 'latest' }], isolation);
    const [begin] = await this.port.offsets([{ topic: topic.name, partition, at: 'earliest' }], isolation);
    const records: RawRecord[] = [];
    for (let at = begin as number; at < (end as number); ) {
      const { records: some, next } = await this.fetch(topic, at, about);
      if (next <= at) throw new Error(`a fetch at ${at}, before the end ${end}, went on at ${next}`);
      records.push(...some);
      at = next;
    }
    return records;
  }

  async close(): Promise<void> {
    await Promise.all(this.#ports.map((port) => port.close()));
    for (const topic of this.#topics) await this.world.cluster.deleteTopic(topic).catch(() => {});
  }
}

/** A record to be written. */
export function record(
  topic: string,
  about: {
    partition?: number;
    key?: string | null;
    value?: string | null;
    headers?: readonly RawHeader[];
    timestamp?: number;
  } = {},
): OutgoingRecord {
  const { partition = 0, key = null, value = 'value', headers = [], timestamp = Date.now() } = about;
  return { topic, partition, key: bytes(key), value: bytes(value), headers, timestamp };
}

const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));

/** Values as texts. */
export const valuesOf = (records: readonly RawRecord[]): (string | null)[] =>
  records.map(({ value }) => value?.toString() ?? null);

export const offsetsOf = (records: readonly RawRecord[]): number[] => records.map(({ offset }) => offset);

/** Texts that are all different. */
export const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${name} ${i}`);

/** Lets sockets have their turn until something holds. The limit of the test ends what never does. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setImmediate();
}

export function same(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

/** Fails unless the work fails in this way. Gives the message. */
export async function failsWith(kind: FailureKind, work: Promise<unknown>, what: string): Promise<string> {
  const failure = await work.then(
    () => null,
    (e: unknown) => e,
  );
  if (failure === null) throw new Error(`${what} did not fail, but should have with ${kind}`);
  if (!isKafkaFailure(failure)) throw new Error(`${what} failed with no KafkaFailure: ${failure}`, { cause: failure });
  if (failure.kind !== kind)
    throw new Error(`${what} failed with ${failure.kind} instead of ${kind}: ${failure.message}`, { cause: failure });
  return failure.message;
}
