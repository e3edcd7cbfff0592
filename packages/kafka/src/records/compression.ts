import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { error } from '@millrace/core/connector';
import type { Compression } from '../port.ts';

/** Numbers of the codecs in the attributes of a batch. */
export const UNCOMPRESSED = 0;
const NAMES: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** Unpacks the records of a batch. @param codec its number in the batch */
export type Decompress = (codec: number, packed: Buffer) => Buffer;

/** One codec. */
export interface Codec {
  compress(plain: Buffer): Buffer;
  decompress(packed: Buffer): Buffer;
}

type Wasm = typeof import('@platformatic/wasm-utils');

/** Codecs by name. Node has gzip and zstd; snappy and lz4 need a package, which is loaded if it is there. */
export class Codecs {
  readonly #wasm: Wasm | null;

  private constructor(wasm: Wasm | null) {
    this.#wasm = wasm;
  }

  static async load(load: () => Promise<Wasm> = () => import('@platformatic/wasm-utils')): Promise<Codecs> {
    try {
      return new Codecs(await load());
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw e;
      return new Codecs(null);
    }
  }

  /** @throws MR_MISSING_PACKAGE where the codec needs a package that is not installed */
  get(name: Exclude<Compression, 'none'>): Codec {
    switch (name) {
      case 'gzip':
        return { compress: (plain) => gzipSync(plain), decompress: (packed) => gunzipSync(packed) };
      case 'zstd':
        return { compress: (plain) => zstdCompressSync(plain), decompress: (packed) => zstdDecompressSync(packed) };
      case 'snappy': {
        const { snappyCompress, snappyDecompress } = this.#need(name);
        return { compress: snappyCompress, decompress: (packed) => unpackSnappy(packed, snappyDecompress) };
      }
      case 'lz4': {
        const { lz4Compress, lz4Decompress } = this.#need(name);
        return { compress: lz4Compress, decompress: lz4Decompress };
      }
    }
  }

  /** For `decodeBatches`. */
  readonly decompress: Decompress = (codec, packed) => {
    const name = NAMES[codec];
    if (name === undefined || name === 'none')
      throw new Error(`records are packed with codec ${codec}, which is unknown`);
    return this.get(name).decompress(packed);
  };

  #need(name: string): Wasm {
    if (this.#wasm !== null) return this.#wasm;
    throw error('MR_MISSING_PACKAGE', { feature: `compression with ${name}`, package: '@platformatic/wasm-utils' });
  }
}

/** How the Java client frames snappy: blocks with their lengths behind a header. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER = 16;

function unpackSnappy(packed: Buffer, unpack: (block: Buffer) => Buffer): Buffer {
  if (!packed.subarray(0, XERIAL.length).equals(XERIAL)) return unpack(packed);
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER; at < packed.length; ) {
    const end = at + 4 + packed.readInt32BE(at);
    blocks.push(unpack(packed.subarray(at + 4, end)));
    at = end;
  }
  return Buffer.concat(blocks);
}
