import type { OnReadOpts, Socket } from 'node:net';

/** Of one slab. What is read at once is seldom more. */
const SLAB_BYTES = 2 ** 18;
/** A slab with less room than this is left. */
const LEAST_ROOM = 2 ** 12;
/** After so many bytes the collector is told of them. */
const TOLD_BYTES = 2 ** 26;

/**
 * Has a connection read into slabs of shared memory, one read behind the other, in the place of a buffer for each read.
 *
 * Why: V8 counts such buffers, and begins a full collection whenever a few megabytes of them have been made since the last one. A
 * small heap at 10 MB a second is collected more than once a second, and each time holds batches up for 10 to 40 ms. Shared
 * memory it does not count at all, so that it is told of a slab's worth now and then (`tell`).
 */
export class SlabReads {
  /** The connection that reads; to be set before anything can come. */
  socket: Socket | null = null;
  #slab: Uint8Array = new Uint8Array(0);
  #at = 0;
  #untold = 0;

  /** For `net.connect`. */
  readonly options: OnReadOpts = {
    buffer: () => this.#room(),
    callback: (length) => this.#read(length),
  };

  #room(): Uint8Array {
    if (this.#slab.length - this.#at < LEAST_ROOM) {
      this.#slab = new Uint8Array(new SharedArrayBuffer(SLAB_BYTES));
      this.#at = 0;
      this.#tell(SLAB_BYTES);
    }
    return this.#slab.subarray(this.#at);
  }

  /** @returns false where reading has to stop until somebody has taken what is here */
  #read(length: number): boolean {
    const chunk = Buffer.from(this.#slab.buffer, this.#at, length);
    this.#at += length;
    return this.socket?.push(chunk) ?? false;
  }

  /** An array of as many bytes, which nobody touches and which costs no memory, is what V8 counts in the slabs' place. */
  #tell(bytes: number): void {
    this.#untold += bytes;
    if (this.#untold < TOLD_BYTES) return;
    void new ArrayBuffer(this.#untold);
    this.#untold = 0;
  }
}
