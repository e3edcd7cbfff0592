import { error } from '@millrace/core/connector';
import { Packr } from 'msgpackr';

/** As others write it: objects are maps, and nothing depends on what was written before. */
const packr = new Packr({ useRecords: false });

/** Where a value was read, or goes to: for serdes that depend on it, and for errors. */
export interface SerdeContext {
  readonly topic: string;
  readonly part: 'key' | 'value';
}

/**
 * Turns values into bytes and back. Null is never given to it: no key, or a value that deletes its key (a tombstone), is null
 * in a record and in Kafka.
 */
export interface Serde<T> {
  serialize(value: T, context: SerdeContext): Uint8Array;
  /** @throws any error: the bytes are not what they should be */
  deserialize(bytes: Buffer, context: SerdeContext): T;
}

/**
 * Texts in UTF-8.
 *
 * @example
 * ```ts
 * stringSerde().serialize('a', { topic: 't', part: 'key' }); // one byte, 97
 * ```
 */
export function stringSerde(): Serde<string> {
  return {
    serialize: (value, context) => Buffer.from(text(value, context)),
    deserialize: (bytes) => bytes.toString(),
  };
}

/** Bytes as they are. The default of streams: nothing is lost. */
export function bytesSerde(): Serde<Uint8Array> {
  return {
    serialize(value, { topic, part }) {
      if (value instanceof Uint8Array) return value;
      throw error('MR_OPTION', {
        option: `The ${part} of a record for ${topic}`,
        value,
        rule: 'must be bytes (Uint8Array)',
      });
    },
    deserialize: (given) => given,
  };
}

/**
 * JSON. What the values are is yours to check: `T` is a promise of yours, not a test.
 *
 * @example
 * ```ts
 * const orders = jsonSerde<{ id: number }>();
 * orders.deserialize(Buffer.from('{"id":7}'), { topic: 'orders', part: 'value' }).id; // 7
 * ```
 */
export function jsonSerde<T = unknown>(): Serde<T> {
  return {
    serialize(value, { topic, part }) {
      const text = JSON.stringify(value) as string | undefined;
      if (text !== undefined) return Buffer.from(text);
      throw error('MR_OPTION', {
        option: `The ${part} of a record for ${topic}`,
        value,
        rule: 'must be something that JSON has',
      });
    },
    deserialize: (given) => JSON.parse(given.toString()) as T,
  };
}

/**
 * MessagePack, as other programs read and write it: objects are maps with texts as keys; bytes, dates and large integers (as
 * `bigint` where a number would lose digits) included.
 */
export function msgpackSerde<T = unknown>(): Serde<T> {
  return {
    // A copy: the packer uses its buffer again.
    serialize: (value) => Uint8Array.from(packr.pack(value)),
    deserialize: (given) => packr.unpack(given) as T,
  };
}

function text(value: unknown, { topic, part }: SerdeContext): string {
  if (typeof value === 'string') return value;
  throw error('MR_OPTION', { option: `The ${part} of a record for ${topic}`, value, rule: 'must be a text' });
}

/** Checks a serde that a user gave. @throws MR_OPTION */
export function checkSerde<T>(option: string, serde: Serde<T>): Serde<T> {
  if (typeof serde?.serialize === 'function' && typeof serde.deserialize === 'function') return serde;
  throw error('MR_OPTION', {
    option,
    value: serde,
    rule: 'must be stringSerde(), jsonSerde(), msgpackSerde(), bytesSerde(), or a serde of your own',
  });
}
