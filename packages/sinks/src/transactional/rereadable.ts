/**
 * Records in chunks, which can be gone through again, although their source cannot: a transaction that was lost is written
 * from its beginning. It keeps references to the records that were read; the partition holds these records as it is.
 */
export class Rereadable<T> {
  readonly #source: Iterator<T>;
  readonly #chunkSize: number;
  readonly #read: T[][] = [];
  #done = false;

  constructor(records: Iterable<T>, chunkSize: number) {
    this.#source = records[Symbol.iterator]();
    this.#chunkSize = chunkSize;
  }

  /** The chunks, from the first. */
  *chunks(): Generator<readonly T[]> {
    for (let i = 0; ; i++) {
      const chunk = this.#read[i] ?? this.#next();
      if (chunk === null) return;
      yield chunk;
    }
  }

  #next(): T[] | null {
    if (this.#done) return null;
    const chunk: T[] = [];
    while (chunk.length < this.#chunkSize) {
      const { done, value } = this.#source.next();
      if (done === true) {
        this.#done = true;
        break;
      }
      chunk.push(value);
    }
    if (chunk.length === 0) return null;
    this.#read.push(chunk);
    return chunk;
  }
}
