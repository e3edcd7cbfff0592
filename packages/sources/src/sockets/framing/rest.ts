const SMALLEST = 256;

/**
 * What is not complete yet, copied together, so that it costs its own length and not that of the packets that it came in.
 * It grows by doubling: a frame in a million packets is copied twice, not a million times.
 */
export class Rest {
  #bytes = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What is here; it changes with the next `add` or `take`. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  add(bytes: Uint8Array): void {
    this.#reserve(this.#length + bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** What is here, as bytes that nobody else has; nothing is left. */
  take(): Buffer {
    const taken = Buffer.from(this.bytes);
    this.clear();
    return taken;
  }

  clear(): void {
    this.#length = 0;
    // A long frame does not stay in memory for as long as its connection lives.
    if (this.#bytes.length > 2 ** 16) this.#bytes = Buffer.alloc(0);
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(SMALLEST, length, this.#bytes.length * 2));
    grown.set(this.bytes);
    this.#bytes = grown;
  }
}
