/*
 * Requests in the compact form of the protocol (KIP-482): lengths are one more than they are, so that 0 is null, and tagged fields
 * end each structure.
 */

/** Writes one request. */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(512);
  #at = 0;

  int8(value: number): this {
    this.#room(1);
    this.#at = this.#bytes.writeInt8(value, this.#at);
    return this;
  }

  int16(value: number): this {
    this.#room(2);
    this.#at = this.#bytes.writeInt16BE(value, this.#at);
    return this;
  }

  int32(value: number): this {
    this.#room(4);
    this.#at = this.#bytes.writeInt32BE(value, this.#at);
    return this;
  }

  int64(value: number): this {
    this.#room(8);
    this.#at = this.#bytes.writeBigInt64BE(BigInt(value), this.#at);
    return this;
  }

  bool(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }

  uvarint(value: number): this {
    this.#room(5);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
    return this;
  }

  text(value: string | null): this {
    return value === null ? this.uvarint(0) : this.bytes(Buffer.from(value));
  }

  bytes(value: Buffer): this {
    return this.uvarint(value.length + 1).raw(value);
  }

  /** 32 hexadecimal digits. */
  uuid(value: string): this {
    return this.raw(Buffer.from(value, 'hex'));
  }

  list<T>(values: readonly T[] | null, each: (value: T) => void): this {
    this.uvarint(values === null ? 0 : values.length + 1);
    for (const value of values ?? []) each(value);
    return this;
  }

  /** No tagged fields: the end of a structure. */
  end(): this {
    return this.uvarint(0);
  }

  /** All that was written. */
  done(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Bytes without their length. */
  raw(bytes: Buffer): this {
    this.#room(bytes.length);
    this.#at += bytes.copy(this.#bytes, this.#at);
    return this;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe((this.#at + bytes) * 2);
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/** Reads one answer. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#skip(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#skip(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#skip(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#skip(8));
  }

  /** An offset or a time: exact up to 2^53. */
  number(): number {
    return Number(this.int64());
  }

  bool(): boolean {
    return this.int8() !== 0;
  }

  uvarint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#skip(1)] as number;
      value += (byte & 0x7f) * factor;
      if (byte <= 0x7f) return value;
    }
  }

  /** Null has no bytes. */
  bytes(): Buffer | null {
    const length = this.uvarint() - 1;
    if (length < 0) return null;
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(): string | null {
    return this.bytes()?.toString() ?? null;
  }

  uuid(): string {
    const start = this.#skip(16);
    return this.#bytes.subarray(start, start + 16).toString('hex');
  }

  list<T>(each: () => T): T[] {
    const length = this.uvarint() - 1;
    return length <= 0 ? [] : Array.from({ length }, each);
  }

  /** Tagged fields, of which none is needed: the end of a structure. */
  end(): void {
    for (let n = this.uvarint(); n > 0; n--) {
      this.uvarint();
      this.#skip(this.uvarint());
    }
  }

  #skip(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#bytes.length) throw new Error('an answer of the broker is shorter than it says');
    return at;
  }
}
