import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { temporaryName } from './batch-directory.ts';
import { type Compression, compressor } from './compression.ts';
import { publish } from './durable.ts';
import { onPath } from './file-failure.ts';

/** Turns records into the bytes of a file, piece by piece. */
export type Encoder = (records: Iterable<unknown>, operator: string) => Iterable<Uint8Array>;

/** How a part is written. */
export interface PartOptions {
  /** Name of the sink, for errors. */
  readonly sink: string;
  readonly directory: string;
  readonly name: string;
  readonly encode: Encoder;
  readonly compression: Compression | null;
}

/**
 * Writes a partition's file: to a temporary name, piece by piece, synced, then renamed. Whoever sees the name sees the whole
 * file.
 * @returns bytes written
 * @throws MR_SINK_FAILED, and what the encoder throws
 */
export async function writePart(records: Iterable<unknown>, options: PartOptions): Promise<number> {
  const { sink, directory, name, encode, compression } = options;
  const path = join(directory, name);
  const temporary = join(directory, temporaryName(name));
  let bytes = 0;
  await onPath(sink, path, 'written', async () => {
    {
      await using file = await open(temporary, 'w');
      const write = async (piece: Uint8Array) => {
        await writeFully(file, piece);
        bytes += piece.length;
      };
      const pieces = encode(records, sink);
      if (compression === null) for (const piece of pieces) await write(piece);
      else {
        await pipeline(
          Readable.from(pieces),
          compressor(compression),
          async (compressed: AsyncIterable<Uint8Array>) => {
            for await (const piece of compressed) await write(piece);
          },
        );
      }
      await file.sync();
    }
    await publish(temporary, path);
  });
  return bytes;
}

/** A write may take less than it was given. */
async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, from, bytes.length - from);
    from += bytesWritten;
  }
}
