/**
 * The random numbers of one event after the other. They depend on the seed and the event's id alone, so that events can be made
 * in any order, anywhere: xoroshiro64**, begun anew for each event from a hash of both.
 */
export class EventRandom {
  readonly #seed: number;
  #a = 1;
  #b = 0;

  /** @param seed a whole number below 2^32 */
  constructor(seed: number) {
    this.#seed = mix(seed ^ 0x5851f42d);
  }

  /** Goes to the beginning of an event's numbers. Ids may be up to 2^53, and negative for what belongs to no event. */
  begin(eventId: number): void {
    const low = eventId | 0;
    const high = Math.floor(eventId / 2 ** 32) | 0;
    this.#a = mix(this.#seed ^ low);
    this.#b = mix((this.#a + high) ^ Math.imul(low, 0x9e3779b1));
    if ((this.#a | this.#b) === 0) this.#a = 1;
  }

  /** A whole number from 0 to 2^32 - 1. */
  next(): number {
    const a = this.#a;
    const b = this.#b ^ a;
    const product = Math.imul(a, 0x9e3779bb);
    this.#a = rotate(a, 26) ^ b ^ (b << 9);
    this.#b = rotate(b, 13);
    return Math.imul(rotate(product, 5), 5) >>> 0;
  }

  /** A whole number from 0 to `bound` - 1; `bound` at most 2^53. */
  int(bound: number): number {
    return bound <= 2 ** 20 ? Math.floor((this.next() / 2 ** 32) * bound) : Math.floor(this.double() * bound);
  }

  /** A number from 0 to below 1, of 53 bits. */
  double(): number {
    return ((this.next() >>> 5) * 2 ** 26 + (this.next() >>> 6)) / 2 ** 53;
  }
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** The last step of murmur3: each bit that goes in changes half of those that come out. */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
