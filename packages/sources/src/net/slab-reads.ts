import type { OnReadOpts, Socket } from 'node:net';

/** Of one slab. What is read at once is seldom more. */
const SLAB_BYTES = 2 ** 18;
/** A slab with less room than this is left. */
const LEAST_ROOM = 2 ** 12;
/** After so many bytes it is looked whether the collector frees slabs by itself ... */
const LOOK_BYTES = 2 ** 26;
/** ... which it does where less than this is there. */
const MOST_BYTES = 2 ** 27;

/**
 * Has a connection read into slabs of shared memory, one read behind the other, in the place of a buffer for each read.
 *
 * Why: V8 counts such buffers, and begins a full collection whenever a few megabytes of them have been made since the last one. A
 * small heap at 10 MB a second is collected more than once a second, and each time holds batches up for 10 to 40 ms. Shared
 * memory it does not count at all. Collections of young objects, which are short, free it on the way; where they are too rare for
 * that, V8 is told of it.
 */
export class SlabReads {
  /** The connection that reads; to be set before anything can come. */
  socket: Socket | null = null;
  #slab: Uint8Array = new Uint8Array(0);
  #at = 0;
  #unseen = 0;

  /** For `net.connect`. */
  readonly options: OnReadOpts = {
    buffer: () => this.#room(),
    callback: (length) => this.#read(length),
  };

  #room(): Uint8Array {
    if (this.#slab.length - this.#at < LEAST_ROOM) {
      this.#slab = new Uint8Array(new SharedArrayBuffer(SLAB_BYTES));
      this.#at = 0;
      this.#watch(SLAB_BYTES);
    }
    return this.#slab.subarray(this.#at);
  }

  /** @returns false where reading has to stop until somebody has taken what is here */
  #read(length: number): boolean {
    const chunk = Buffer.from(this.#slab.buffer, this.#at, length);
    this.#at += length;
    return this.socket?.push(chunk) ?? false;
  }

  /** An array that nobody touches, and which costs no memory, is what V8 counts in the slabs' place. */
  #watch(bytes: number): void {
    this.#unseen += bytes;
    if (this.#unseen < LOOK_BYTES) return;
    this.#unseen = 0;
    if (process.memoryUsage().arrayBuffers > MOST_BYTES) void new ArrayBuffer(LOOK_BYTES);
  }
}
