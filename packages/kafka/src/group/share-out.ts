import type { TopicPartition } from '../port.ts';

/*
 * What members of a group tell one another, in the form of Kafka's own consumers: so that members of other programs, in other
 * languages, can be in the same group.
 */

/** A member that gets a share: its topics. */
export interface Subscriber {
  readonly memberId: string;
  readonly topics: readonly string[];
}

/** How partitions are shared out, by the names that other clients have for it. The first one that all members know is taken. */
export const WAYS: ReadonlyMap<string, (subscribers: readonly Subscriber[], topics: PartitionsOf) => Shares> = new Map([
  ['range', byRange],
  ['roundrobin', inTurn],
  ['RoundRobinAssigner', inTurn],
]);

/** Partitions of topics. */
export type PartitionsOf = ReadonlyMap<string, readonly number[]>;
/** Partitions by member. */
export type Shares = ReadonlyMap<string, readonly TopicPartition[]>;

/** Each topic in pieces of partitions that follow one another. */
function byRange(subscribers: readonly Subscriber[], topics: PartitionsOf): Shares {
  const shares = nothingFor(subscribers);
  for (const [topic, partitions] of topics) {
    const readers = sorted(subscribers).filter((each) => each.topics.includes(topic));
    let at = 0;
    readers.forEach(({ memberId }, i) => {
      const until = at + Math.ceil((partitions.length - at) / (readers.length - i));
      for (; at < until; at++) shares.get(memberId)?.push({ topic, partition: partitions[at] as number });
    });
  }
  return shares;
}

/** One partition to each in turn, over all topics. */
function inTurn(subscribers: readonly Subscriber[], topics: PartitionsOf): Shares {
  const shares = nothingFor(subscribers);
  const order = sorted(subscribers);
  let turn = 0;
  for (const [topic, partitions] of topics) {
    if (!order.some((each) => each.topics.includes(topic))) continue;
    for (const partition of partitions) {
      while (!order[turn % order.length]?.topics.includes(topic)) turn++;
      shares.get((order[turn++ % order.length] as Subscriber).memberId)?.push({ topic, partition });
    }
  }
  return shares;
}

const nothingFor = (subscribers: readonly Subscriber[]) =>
  new Map(subscribers.map(({ memberId }) => [memberId, [] as TopicPartition[]]));

const sorted = (subscribers: readonly Subscriber[]): readonly Subscriber[] =>
  subscribers.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));

/** What a member says of itself: its topics. */
export function encodeSubscription(topics: readonly string[]): Buffer {
  return Buffer.concat([int16(0), int32(topics.length), ...topics.map(text), int32(-1)]);
}

export function decodeSubscription(bytes: Buffer): string[] {
  const from = new Plain(bytes);
  from.int16();
  return from.list(() => from.text());
}

/** What the leader gives a member. */
export function encodeShare(partitions: readonly TopicPartition[]): Buffer {
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)];
  const parts = topics.flatMap(([topic, of]) => [
    text(topic),
    int32(of.length),
    ...of.map(({ partition }) => int32(partition)),
  ]);
  return Buffer.concat([int16(0), int32(topics.length), ...parts, int32(-1)]);
}

/** No bytes are a share of nothing. */
export function decodeShare(bytes: Buffer): TopicPartition[] {
  if (bytes.length === 0) return [];
  const from = new Plain(bytes);
  from.int16();
  return from
    .list(() => {
      const topic = from.text();
      return from.list(() => ({ topic, partition: from.int32() }));
    })
    .flat();
}

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([int16(bytes.length), bytes]);
};

/** Reads the form that is not compact. */
class Plain {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  text(): string {
    const length = this.int16();
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  list<T>(each: () => T): T[] {
    return Array.from({ length: Math.max(this.int32(), 0) }, each);
  }
}
