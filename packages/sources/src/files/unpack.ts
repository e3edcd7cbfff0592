import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

const CHUNK_BYTES = 2 ** 18;

/** How a file is compressed, by the ending of its name; null if it is not. A compressed file cannot be split. */
export function compressionOf(path: string): 'gzip' | 'zstd' | null {
  if (path.endsWith('.gz')) return 'gzip';
  return path.endsWith('.zst') ? 'zstd' : null;
}

/** The text of a compressed file, as it flows. Frees what it holds when it is left early. */
export function unpacked(chunks: AsyncIterable<Uint8Array>, how: 'gzip' | 'zstd'): AsyncIterable<Uint8Array> {
  return how === 'gzip' ? through(chunks, createGunzip({ chunkSize: CHUNK_BYTES })) : unpackedFrames(chunks);
}

function through(chunks: AsyncIterable<Uint8Array>, transform: Transform): AsyncIterable<Uint8Array> {
  // One chunk ahead. Who iterates over the transform gets the error, so nobody is to be told here.
  return pipeline(Readable.from(chunks, { highWaterMark: 1 }), transform, () => {});
}

/**
 * Node's decompressor of zstd ends with the first frame, without a word; files that were put together, or written in
 * parallel, have several. Each gets a decompressor of its own.
 */
async function* unpackedFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const feed = new Feed(chunks);
  try {
    while (await feed.hasMore()) {
      const frame = createZstdDecompress({ chunkSize: CHUNK_BYTES });
      yield* through(
        feed.forFrame(() => frame.bytesWritten),
        frame,
      );
      feed.endFrame(frame.bytesWritten);
    }
  } finally {
    await feed.close();
  }
}

/** Bytes for one frame after the other: what a frame did not take is for the next one. */
class Feed {
  readonly #source: AsyncIterator<Uint8Array>;
  /** Chunks that the frame may not have taken, or not yet. */
  readonly #held: Uint8Array[] = [];
  /** How many chunks came before those, and how much of the frame they were. */
  #before = 0;
  #takenBefore = 0;
  #frame = 0;
  #pulling: Promise<boolean> | null = null;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#source = chunks[Symbol.asyncIterator]();
  }

  async hasMore(): Promise<boolean> {
    // The stream of the last frame may have asked for more than it needed.
    await this.#pulling;
    return this.#held.length > 0 || this.#pull();
  }

  /** What is left, then what comes. @param taken how much the frame has taken so far */
  async *forFrame(taken: () => number): AsyncGenerator<Uint8Array, void, undefined> {
    const frame = this.#frame;
    for (let next = this.#before; ; next++) {
      if (next - this.#before >= this.#held.length && !(await this.#pull())) return;
      if (frame !== this.#frame) return;
      yield this.#held[next - this.#before]!;
      if (frame !== this.#frame) return;
      this.#drop(taken());
    }
  }

  /** The frame is over and has taken so much. */
  endFrame(taken: number): void {
    this.#frame += 1;
    this.#drop(taken);
    const rest = taken - this.#takenBefore;
    if (rest > 0) this.#held[0] = this.#held[0]!.subarray(rest);
    this.#takenBefore = 0;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  #pull(): Promise<boolean> {
    this.#pulling ??= this.#source.next().then((step) => {
      this.#pulling = null;
      if (step.done !== true) this.#held.push(step.value);
      return step.done !== true;
    });
    return this.#pulling;
  }

  /** Lets go of the chunks that were taken whole. */
  #drop(taken: number): void {
    while (this.#held.length > 0 && this.#takenBefore + this.#held[0]!.length <= taken) {
      this.#takenBefore += (this.#held.shift() as Uint8Array).length;
      this.#before += 1;
    }
  }
}
