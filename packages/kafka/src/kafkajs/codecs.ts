import type { Compression } from '../port.ts';
import type { Codecs } from '../records/compression.ts';

type Library = typeof import('kafkajs');

/** Numbers of the codecs that kafkajs knows only by number. It has gzip itself. */
const NUMBERS: readonly (readonly [number, Exclude<Compression, 'none' | 'gzip'>])[] = [
  [2, 'snappy'],
  [3, 'lz4'],
  [4, 'zstd'],
];

/** Gives kafkajs, for its producers and members of groups, the codecs that it has not been given by the program. */
export function registerCodecs(library: Library, codecs: Codecs): void {
  const { CompressionCodecs } = (library as { default?: Library }).default ?? library;
  const table = CompressionCodecs as unknown as Record<number, () => unknown>;
  for (const [number, name] of NUMBERS) {
    if (isGiven(table[number])) continue;
    table[number] = () => {
      const { compress, decompress } = codecs.get(name);
      return {
        compress: async (encoder: { readonly buffer: Buffer }) => compress(encoder.buffer),
        decompress: async (packed: Buffer) => decompress(packed),
      };
    };
  }
}

/** kafkajs has functions that throw where it has no codec. */
function isGiven(codec: (() => unknown) | undefined): boolean {
  try {
    codec?.();
    return codec !== undefined;
  } catch {
    return false;
  }
}
