import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { error, msgpackCodec } from '@millrace/core/connector';
import { SUCCESS } from './batch-directory.ts';
import { decompressorFor } from './compression.ts';
import type { Encoder } from './part-file.ts';

/*
 * An object file: the four bytes of MAGIC, then blocks, each with a header of three little-endian numbers of 32 bits: its
 * length in bytes, how many records it has, and a checksum (CRC-32). A block is what the codec `msgpack` makes of records.
 */

const MAGIC = Buffer.from('MRO1');
const HEADER_BYTES = 12;
/** Records of one block. */
const BLOCK_RECORDS = 1024;
/** A header that says more is no header. */
const MOST_BYTES = 2 ** 30;

/** Records as blocks. */
export const objectEncoder: Encoder = function* (records, operator) {
  yield MAGIC;
  let some: unknown[] = [];
  for (const record of records) {
    if (some.push(record) < BLOCK_RECORDS) continue;
    yield* block(some, operator);
    some = [];
  }
  if (some.length > 0) yield* block(some, operator);
};

function* block(records: readonly unknown[], operator: string): Generator<Uint8Array> {
  const bytes = msgpackCodec.encode(records, operator);
  if (bytes.length > MOST_BYTES) {
    throw error('MR_SINK_FAILED', {
      sink: operator,
      reason: `${records.length} records have ${bytes.length} bytes, more than a block of an object file may have`,
    });
  }
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(bytes.length, 0);
  header.writeUInt32LE(records.length, 4);
  header.writeUInt32LE(crc32(bytes), 8);
  yield header;
  yield bytes;
}

/**
 * The records of what `saveAsObjectFiles` has written, in the order of partitions: of one file, or of a batch's directory.
 * They are read piece by piece.
 *
 * @throws MR_SOURCE_FAILED for a directory that is not complete (it has no `_SUCCESS`), a file that is cut or damaged, and
 *   what cannot be read
 * @example
 * ```ts
 * async function total(path: string): Promise<number> {
 *   let sum = 0;
 *   for await (const [, n] of readObjectFile<[string, number]>(path)) sum += n;
 *   return sum;
 * }
 * ```
 */
export async function* readObjectFile<T = unknown>(path: string): AsyncGenerator<T, void, undefined> {
  for (const file of await filesOf(path)) yield* recordsOf(file) as AsyncGenerator<T>;
}

async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = await readdir(path);
    if (!names.includes(SUCCESS)) throw failed(path, `it has no ${SUCCESS}: the batch is not complete`);
    return names
      .filter((name) => name.startsWith('part-'))
      .sort()
      .map((name) => join(path, name));
  } catch (e) {
    throw readable(path, e);
  }
}

async function* recordsOf(path: string): AsyncGenerator<unknown> {
  const raw = createReadStream(path);
  const decompressor = decompressorFor(path);
  const bytes = new Bytes(path, decompressor === null ? raw : raw.pipe(decompressor));
  if (decompressor !== null) raw.on('error', (e) => decompressor.destroy(e));
  try {
    if (!MAGIC.equals((await bytes.take(MAGIC.length)) ?? Buffer.alloc(0))) throw failed(path, 'it is no object file');
    for (let header = await bytes.take(HEADER_BYTES); header !== null; header = await bytes.take(HEADER_BYTES)) {
      const length = header.readUInt32LE(0);
      const block = length > MOST_BYTES ? null : await bytes.take(length);
      if (block === null || crc32(block) !== header.readUInt32LE(8)) throw failed(path, 'a block is cut or damaged');
      yield* msgpackCodec.decode(block);
    }
  } catch (e) {
    throw readable(path, e);
  } finally {
    raw.destroy();
    decompressor?.destroy();
  }
}

/** Takes so many bytes at a time from pieces of any length. */
class Bytes {
  readonly #path: string;
  readonly #pieces: AsyncIterator<Buffer>;
  #rest: Buffer[] = [];
  #have = 0;

  constructor(path: string, pieces: AsyncIterable<Buffer>) {
    this.#path = path;
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** So many bytes; null at the end. @throws MR_SOURCE_FAILED when the end comes between */
  async take(count: number): Promise<Buffer | null> {
    while (this.#have < count) {
      const { done, value } = await this.#pieces.next();
      if (done) {
        if (this.#have === 0) return null;
        throw failed(this.#path, 'it ends in the middle of a block');
      }
      this.#rest.push(value);
      this.#have += value.length;
    }
    const all = this.#rest.length === 1 ? this.#rest[0] : Buffer.concat(this.#rest);
    this.#rest = all.length > count ? [all.subarray(count)] : [];
    this.#have -= count;
    return all.subarray(0, count);
  }
}

function failed(path: string, reason: string, cause?: unknown): Error {
  return error('MR_SOURCE_FAILED', { source: 'readObjectFile', reason: `${path}: ${reason}` }, { cause });
}

function readable(path: string, e: unknown): unknown {
  const { code, message } = e as NodeJS.ErrnoException;
  return code?.startsWith('MR_') === true ? e : failed(path, message, e);
}
