import type { MessageRecord } from '@platformatic/kafka';
import type { OutgoingRecord } from '../port.ts';

/** The library writes the distance of a time from the first in 32 bits. */
const MOST_APART_MS = 2 ** 30;

/** A batch for each partition, by the name that the library has for it. */
export type Batches = Map<string, OutgoingRecord[]>;

/**
 * Records in rounds of one batch for each partition. One round is enough, unless times are so far apart that they do not go into
 * one batch: the library writes other times then.
 */
export function inBatches(records: readonly OutgoingRecord[]): Batches[] {
  const rounds: Batches[] = [];
  const latest = new Map<string, { round: number; first: number }>();
  for (const record of records) {
    const where = `${record.topic}:${record.partition}`;
    const at = latest.get(where) ?? { round: 0, first: record.timestamp };
    if (Math.abs(record.timestamp - at.first) > MOST_APART_MS) {
      at.round++;
      at.first = record.timestamp;
    }
    latest.set(where, at);
    rounds[at.round] ??= new Map();
    const batches = rounds[at.round] as Batches;
    const batch = batches.get(where);
    if (batch === undefined) batches.set(where, [record]);
    else batch.push(record);
  }
  return rounds;
}

/** As the library takes it. Names of headers are bytes, each for itself, so that a name may be there twice. */
export function toMessage({ topic, partition, key, value, headers, timestamp }: OutgoingRecord): MessageRecord {
  return {
    topic,
    partition,
    ...(key === null ? {} : { key }),
    value: value as Buffer,
    timestamp: BigInt(timestamp),
    headers: new Map(headers.map(([name, of]) => [Buffer.from(name), of as Buffer])),
  };
}
