import type { RawHeader } from '@millrace/kafka';

/** A value of a header. */
export type KafkaHeaderValue = string | Uint8Array | null;

/** Headers in their order, a name as often as it is wanted, or an object. */
export type KafkaHeaders =
  | readonly (readonly [name: string, value: KafkaHeaderValue])[]
  | Readonly<Record<string, KafkaHeaderValue>>;

/** A record that goes to Kafka. */
export interface OutgoingKafkaRecord<K = Uint8Array, V = Uint8Array> {
  /** Records of one key are in one partition, in order. Without one they are spread. */
  readonly key?: K | null;
  /** Null deletes the key in a compacted topic. */
  readonly value: V | null;
  readonly headers?: KafkaHeaders;
  /** In place of the one that the key says. */
  readonly partition?: number;
  /** In ms since the epoch; the time at which it is written unless given. */
  readonly timestamp?: number;
  /** In place of the one of the sink. */
  readonly topic?: string;
}

/** Headers as Kafka has them. @throws TypeError for values of another kind */
export function rawHeaders(headers: KafkaHeaders | undefined): readonly RawHeader[] {
  if (headers === undefined) return [];
  const list = Array.isArray(headers) ? headers : Object.entries(headers);
  return list.map(([name, value]: readonly [string, KafkaHeaderValue]): RawHeader => {
    if (typeof name !== 'string') throw new TypeError('the name of a header is no text');
    if (value === null) return [name, null];
    if (typeof value === 'string') return [name, Buffer.from(value)];
    if (value instanceof Uint8Array) return [name, toBuffer(value)];
    throw new TypeError(`the header ${name} is neither a text nor bytes nor null`);
  });
}

/** The same bytes, not a copy. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
