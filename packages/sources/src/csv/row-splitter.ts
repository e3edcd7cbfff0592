import { error } from '@millrace/core/connector';
import type { CsvRow } from './csv-records.ts';

/**
 * Finds rows in text whose fields may have line breaks inside quotes: a line break ends a row where the quotes before it
 * are even in number. What is given may be cut anywhere.
 */
export class RowSplitter {
  readonly #quote: number;
  readonly #maxRowLength: number;
  readonly #source: string;
  #rest = '';
  #scanned = 0;
  #quoted = false;
  /** Number of the line on which the rest begins, and of the one that is looked at. */
  #first = 1;
  #line = 1;

  constructor(quote: string | null, maxRowLength: number, source: string) {
    this.#quote = quote === null ? -1 : quote.charCodeAt(0);
    this.#maxRowLength = maxRowLength;
    this.#source = source;
  }

  /** The rows that are complete with some more text; empty lines between rows are none. @throws MR_BAD_RECORD */
  push(text: string): CsvRow[] {
    const rows: CsvRow[] = [];
    const all = this.#rest + text;
    let from = 0;
    for (let i = this.#scanned; i < all.length; i++) {
      const c = all.charCodeAt(i);
      if (c === this.#quote) this.#quoted = !this.#quoted;
      else if (c === 10) {
        this.#line += 1;
        if (this.#quoted) continue;
        this.#add(rows, all.slice(from, i));
        from = i + 1;
        this.#first = this.#line;
      }
    }
    this.#rest = all.slice(from);
    this.#scanned = this.#rest.length;
    if (this.#rest.length > this.#maxRowLength) {
      throw error('MR_BAD_RECORD', {
        source: this.#source,
        where: `line ${this.#first}`,
        reason: `a row is longer than maxRowLength, ${this.#maxRowLength}; a quote may be missing`,
      });
    }
    return rows;
  }

  /** The last row, if the text does not end with its line break. */
  end(): CsvRow[] {
    const rows: CsvRow[] = [];
    this.#add(rows, this.#rest);
    this.#rest = '';
    return rows;
  }

  #add(rows: CsvRow[], line: string): void {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    const first = this.#first;
    if (text !== '') rows.push({ text, where: () => `line ${first}` });
  }
}
