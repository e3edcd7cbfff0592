import { availableParallelism, cpus } from 'node:os';

/** Prints a Markdown table row by row, in columns. */
export class Table {
  readonly #widths: readonly number[];

  constructor(columns: readonly string[]) {
    this.#widths = columns.map((c) => Math.max(c.length, 9));
    this.row(columns);
    console.log(`|${this.#widths.map((w) => `${'-'.repeat(w + 1)}:`).join('|')}|`);
  }

  row(cells: readonly (string | number)[]): void {
    const text = cells.map((c) => (typeof c === 'number' ? format(c) : c));
    console.log(`| ${text.map((c, i) => c.padStart(this.#widths[i]!)).join(' | ')} |`);
  }
}

function format(n: number): string {
  return Math.round(n).toLocaleString('en-US');
}

/** The machine, for the line above a table. */
export function machine(): string {
  return `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.versions.node}`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
