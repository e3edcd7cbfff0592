import { error } from '../errors/catalog.ts';
import { describe } from '../errors/entry.ts';
import type { Block } from './block.ts';
import { type EncodeOptions, newBytes } from './bytes.ts';
import { decodeLines, encodeLines } from './lines.ts';
import { packArray, unpackArray } from './msgpack.ts';
import { decodePairs, encodePairs } from './pairs.ts';

export type { EncodeOptions } from './bytes.ts';
export { decodePairs, encodePairs } from './pairs.ts';

/** Turns records into bytes and back. What comes back equals what went in, up to the rules of ./msgpack.ts. */
export interface Codec {
  /** Written into blocks. */
  readonly name: string;
  /**
   * @param where the operator or partition that the records belong to, for errors
   * @returns an exact copy that nobody else refers to
   * @throws MR_NOT_ENCODABLE with the path of the value that cannot be encoded, `$` being the record
   */
  encode(records: readonly unknown[], where: string, options?: EncodeOptions): Uint8Array;
  /**
   * @param bytes may be a view, and may be shared memory
   * @throws MR_DECODE
   */
  decode(bytes: Uint8Array): unknown[];
}

/** All codecs of this thread by name. */
export const codecs = new Map<string, Codec>();

/**
 * Makes a codec known in this thread. A job module that uses a codec of its own registers it where it is imported, so
 * that each worker has it.
 * @throws MR_DUPLICATE_NAME when the name belongs to another codec
 */
export function registerCodec(codec: Codec): void {
  const known = codecs.get(codec.name);
  if (known !== undefined && known !== codec)
    throw error('MR_DUPLICATE_NAME', {
      name: codec.name,
      first: 'a codec that is registered',
      second: 'another codec',
    });
  codecs.set(codec.name, codec);
}

/**
 * The codec of a name.
 * @throws MR_DECODE when there is none in this thread
 */
export function codecOf(name: string): Codec {
  const codec = codecs.get(name);
  if (codec !== undefined) return codec;
  throw error('MR_DECODE', {
    codec: name,
    reason: `no codec of this name is registered here (there are ${[...codecs.keys()].join(', ')})`,
  });
}

/** The records of blocks, in order. @throws MR_DECODE */
export function decodeBlocks(blocks: readonly Block[]): readonly unknown[] {
  if (blocks.length === 1) return codecOf(blocks[0].codec).decode(blocks[0].bytes);
  const out: unknown[] = [];
  for (const { codec, bytes } of blocks) for (const record of codecOf(codec).decode(bytes)) out.push(record);
  return out;
}

/** Any records: a byte for the mode (records or maps), then a msgpack array. */
export const msgpackCodec: Codec = {
  name: 'msgpack',
  encode(records, where, options = {}) {
    const { mode, view } = packArray(records, where);
    const bytes = newBytes(view.length + 1, options.shared);
    bytes[0] = mode;
    bytes.set(view, 1);
    return bytes;
  },
  decode(bytes) {
    if (bytes.length === 0) throw error('MR_DECODE', { codec: 'msgpack', reason: 'there are no bytes' });
    return unpackArray(bytes, 1, bytes.length, bytes[0]!, 'msgpack');
  },
};

/** Lines of text, as they come from files and sockets. */
export const linesCodec: Codec = { name: 'lines', encode: encodeLines, decode: decodeLines };

/** Pairs as two columns; operators that work on columns call `encodePairs` and `decodePairs` instead. */
export const columnsCodec: Codec = {
  name: 'columns',
  encode(records, where, options) {
    const n = records.length;
    const keys = new Array<unknown>(n);
    const values = new Array<unknown>(n);
    for (let i = 0; i < n; i++) {
      const pair = records[i];
      if (!Array.isArray(pair) || pair.length !== 2)
        throw error('MR_NOT_A_PAIR', { operator: where, found: describe(pair) });
      keys[i] = pair[0];
      values[i] = pair[1];
    }
    return encodePairs(keys, values, where, options);
  },
  decode(bytes) {
    const { keys, values } = decodePairs(bytes);
    if (keys.length !== values.length)
      throw error('MR_DECODE', {
        codec: 'columns',
        reason: `there are ${keys.length} keys and ${values.length} values`,
      });
    return keys.map((key, i) => [key, values[i]]);
  },
};

for (const codec of [msgpackCodec, linesCodec, columnsCodec]) registerCodec(codec);
