import type { Transform } from 'node:stream';
import { createGunzip, createGzip, createZstdCompress, createZstdDecompress } from 'node:zlib';

/** How parts are compressed. */
export type Compression = 'gzip' | 'zstd';

/** What the names of compressed files end with. */
export const ENDINGS: Readonly<Record<Compression, string>> = { gzip: '.gz', zstd: '.zst' };

/** Compresses what goes through. */
export function compressor(compression: Compression): Transform {
  return compression === 'gzip' ? createGzip() : createZstdCompress();
}

/** The inverse of what a file's name says; null if it is not compressed. */
export function decompressorFor(path: string): Transform | null {
  if (path.endsWith(ENDINGS.gzip)) return createGunzip();
  if (path.endsWith(ENDINGS.zstd)) return createZstdDecompress();
  return null;
}
