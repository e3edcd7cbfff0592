import { canonicalText } from './canonical-text.ts';

/** Batches of records as a contender delivered them. */
export type Output = readonly (readonly unknown[])[];

/** Thrown when a contender's output is not the floor's: nothing is timed then. */
export class OutputDiffers extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OutputDiffers';
  }
}

/** The floor's output, which all others have to equal. */
export class FloorOutput {
  readonly #batches: Output;
  readonly #digests: readonly string[];
  readonly #name: string;
  readonly #first: number;

  /** @param name who delivered it, and `first` the number of its first batch, as messages say them */
  constructor(batches: Output, name = 'the loop', first = 0) {
    this.#batches = batches;
    this.#name = name;
    this.#first = first;
    this.#digests = batches.map(digest);
  }

  /**
   * Compares batches of records with the floor's. The order of records within a batch is free (it depends on partitions):
   * ordered results are one record that holds a list.
   * @throws OutputDiffers naming the first batch and a record that only one of them has
   */
  compare(contender: string, output: Output): void {
    if (output.length !== this.#batches.length) {
      throw new OutputDiffers(`${contender} delivered ${output.length} batches, ${this.#name} ${this.#batches.length}`);
    }
    output.forEach((records, batch) => {
      if (digest(records) === this.#digests[batch]) return;
      const expected = this.#batches[batch]!;
      const [extra, missing] = [onlyIn(records, expected), onlyIn(expected, records)];
      throw new OutputDiffers(
        `batch ${this.#first + batch}: ${contender} delivered ${records.length} records, ${this.#name} ${expected.length}; ` +
          `only ${contender}: ${extra ?? 'none'}; only ${this.#name}: ${missing ?? 'none'}`,
      );
    });
  }
}

/** What a batch of records comes to: two sums over independent hashes of each one's text, equal for equal multisets, whatever their order. */
export function digest(records: readonly unknown[]): string {
  let a = 0;
  let b = 0;
  for (const record of records) {
    const text = textOf(record);
    let x = 0x811c9dc5;
    let y = 0x9747b28c;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      x = Math.imul(x ^ c, 0x01000193);
      y = Math.imul(y ^ c, 0x5bd1e995) + (y >>> 13);
    }
    a += x >>> 0;
    b += y >>> 0;
  }
  return `${records.length}/${a}/${b}`;
}

/** A record as text. Most are a word and its number, a million of them at times: those take a short way. */
function textOf(record: unknown): string {
  if (Array.isArray(record) && record.length === 2 && typeof record[0] === 'string' && typeof record[1] === 'number') {
    return `${record[0]}\n${record[1]}`;
  }
  // Which never has a line break in it, and so is none of the above.
  return canonicalText(record);
}

function onlyIn(records: readonly unknown[], others: readonly unknown[]): string | null {
  const known = new Map<string, number>();
  for (const other of others) {
    const text = canonicalText(other);
    known.set(text, (known.get(text) ?? 0) + 1);
  }
  for (const record of records) {
    const text = canonicalText(record);
    const left = known.get(text) ?? 0;
    if (left === 0) return text;
    known.set(text, left - 1);
  }
  return null;
}
