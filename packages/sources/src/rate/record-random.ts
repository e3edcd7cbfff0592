import { seededRandom } from '@millrace/core/connector';

/**
 * Random numbers for records that are made anywhere, in any order: those of the i-th record depend on the seed and on i alone.
 * Nothing is computed for records that ask for none.
 */
export class RecordRandom {
  readonly #seed: readonly [number, number];
  #record = 0;
  #ready = false;
  // State of sfc32, a generator whose three words may begin as anything.
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 0;

  constructor(seed: string | number) {
    const random = seededRandom(String(seed));
    this.#seed = [(random() * 2 ** 32) | 0, (random() * 2 ** 32) | 0];
  }

  /** Begins the numbers of a record. */
  begin(record: number): void {
    this.#record = record;
    this.#ready = false;
  }

  /** The next number in [0, 1) of the record that was begun last. */
  readonly next = (): number => {
    if (!this.#ready) this.#prepare();
    return (this.#step() >>> 0) / 2 ** 32;
  };

  #prepare(): void {
    this.#a = this.#seed[0];
    this.#b = this.#record | 0;
    this.#c = this.#seed[1] ^ Math.floor(this.#record / 2 ** 32);
    this.#counter = 1;
    // So many steps mix a difference of one bit into all of them.
    for (let i = 0; i < 12; i++) this.#step();
    this.#ready = true;
  }

  #step(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum;
  }
}
