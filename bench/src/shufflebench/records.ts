import { generated, type Input } from '@millrace/bench';
import { type Block, type Codec, registerCodec } from '@millrace/core';
import { EventRandom } from '../nexmark/generator/random.ts';

/** A record of ShuffleBench: random bytes, and when it came. */
export interface ShuffleRecord {
  /** Milliseconds. */
  readonly time: number;
  readonly data: Uint8Array;
}

/** The size that the benchmark has unless told otherwise. */
export const RECORD_BYTES = 1024;
const TIME_BYTES = 8;
const BYTES = TIME_BYTES + RECORD_BYTES;

/** Records one behind the other, as they come from a wire: what is read are views of it. */
const codec: Codec = {
  name: 'shufflebench',
  encode: (records) => packed(records as readonly ShuffleRecord[]),
  decode(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: bytes.length / BYTES }, (_, i): ShuffleRecord => {
      const from = i * BYTES;
      return { time: view.getFloat64(from), data: bytes.subarray(from + TIME_BYTES, from + BYTES) };
    });
  },
};
registerCodec(codec);

/** In shared memory, so that nobody copies it on its way to a worker. */
function packed(records: readonly ShuffleRecord[]): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(records.length * BYTES));
  const view = new DataView(bytes.buffer);
  records.forEach(({ time, data }, i) => {
    view.setFloat64(i * BYTES, time);
    bytes.set(data, i * BYTES + TIME_BYTES);
  });
  return bytes;
}

/** Records as they come from a wire, in blocks that tasks take apart. @param pool after so many the first come again */
export function shuffleInput(options: { readonly seed: number; readonly pool: number; readonly blocks: number }) {
  const { seed, pool, blocks } = options;
  const { records } = generated(shuffleRecords(seed), { pool });
  const block = (some: readonly ShuffleRecord[]): Block => ({
    codec: codec.name,
    count: some.length,
    bytes: packed(some),
  });
  return {
    records,
    entry(from, to) {
      const cut = (b: number) => from + Math.floor(((to - from) * b) / blocks);
      return { blocks: Array.from({ length: blocks }, (_, b) => block(records(cut(b), cut(b + 1)))) };
    },
  } satisfies Input<ShuffleRecord>;
}

/** Makes records by their numbers, a millisecond after one another. */
export function shuffleRecords(seed: number): (n: number) => ShuffleRecord {
  const random = new EventRandom(seed);
  return (n) => {
    random.begin(n);
    const words = new Uint32Array(RECORD_BYTES / 4);
    for (let i = 0; i < words.length; i++) words[i] = random.next();
    return { time: n, data: new Uint8Array(words.buffer) };
  };
}

/** The four bytes at an offset as a number, whatever the machine's byte order. */
export function wordAt(data: Uint8Array, at: number): number {
  const [a, b, c, d] = [data[at], data[at + 1], data[at + 2], data[at + 3]] as [number, number, number, number];
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}
