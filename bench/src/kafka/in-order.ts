import { OutputDiffers } from '@millrace/bench';

/** Numbered records as they were sent: number n has the key and the line of n. */
export interface Numbered {
  readonly records: number;
  /** The n-th has the key of number n % keys. */
  readonly keys: number;
  readonly keyOf: (n: number) => string;
  readonly lineOf: (n: number) => string;
}

/**
 * Looks at records of a topic one by one: of each key all that were sent have to be there once, in their order, whatever lies between
 * them. A number of records would be right where one is there twice and another is missing.
 */
export class InOrder {
  readonly #sent: Numbered;
  /** The number that comes next, by key. */
  readonly #next: Map<string, number>;

  constructor(sent: Numbered) {
    this.#sent = sent;
    this.#next = new Map(Array.from({ length: sent.keys }, (_, n) => [sent.keyOf(n), n]));
  }

  /** @throws OutputDiffers where it is not the next one of its key */
  see(key: string, line: string): void {
    const { keys, records, lineOf } = this.#sent;
    const next = this.#next.get(key);
    if (next === undefined) throw new OutputDiffers(`a record has the key ${JSON.stringify(key)}, which none had`);
    if (next >= records || lineOf(next) !== line) {
      const due = next < records ? JSON.stringify(lineOf(next)) : 'no more';
      throw new OutputDiffers(`of the key ${key} came ${JSON.stringify(line)}, where ${due} was the next`);
    }
    this.#next.set(key, next + keys);
  }

  /** @throws OutputDiffers where records have not come */
  end(): void {
    const { records, lineOf } = this.#sent;
    for (const [key, next] of this.#next)
      if (next < records) throw new OutputDiffers(`of the key ${key} ${JSON.stringify(lineOf(next))} is missing`);
  }
}
