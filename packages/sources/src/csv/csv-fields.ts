import { loadPackage } from '@millrace/core/connector';

/** How fields are told apart. */
export interface CsvSyntax {
  readonly delimiter: string;
  /** Null: quotes are characters like any other. */
  readonly quote: string | null;
  readonly trim: boolean;
  /** Whether a field inside quotes may have line breaks. */
  readonly multiline: boolean;
}

/** Fields of one row, or why it has none. */
export type CsvFields = readonly string[] | { readonly reason: string };

type Parse = typeof import('csv-parse/sync').parse;

let parse: Parse | null = null;

/** Gets the package that knows the grammar of CSV. @throws MR_MISSING_PACKAGE */
export async function loadParser(): Promise<void> {
  parse ??= await parserOf(() => import('csv-parse/sync'));
}

/** @param get imports the package; a test gives one that fails */
export async function parserOf(get: () => Promise<{ readonly parse: Parse }>): Promise<Parse> {
  return (await loadPackage('csv()', 'csv-parse', get)).parse;
}

/**
 * The fields of rows, each row by itself whatever is wrong with the others. Rows are parsed together, since a parser costs
 * more than a row; where something is wrong, halves are tried until the rows that are wrong are alone.
 *
 * @param rows none empty, none with its line end
 */
export function fieldsOf(rows: readonly string[], syntax: CsvSyntax): CsvFields[] {
  const all: CsvFields[] = [];
  const { delimiter, quote, trim, multiline } = syntax;
  const options = {
    delimiter,
    quote,
    escape: quote,
    trim,
    record_delimiter: '\n',
    relax_column_count: true,
    max_record_size: 0,
  };
  const add = (from: number, to: number): void => {
    const found = attempt(rows.slice(from, to).join('\n'), options, multiline);
    // Each row that swallowed the next one makes one row less, and nothing makes one more.
    if (Array.isArray(found) && found.length === to - from) {
      for (const fields of found) all.push(fields);
    } else if (to - from === 1) {
      all.push(Array.isArray(found) ? { reason: 'it is no row of CSV' } : (found as { reason: string }));
    } else {
      const middle = (from + to) >> 1;
      add(from, middle);
      add(middle, to);
    }
  };
  if (rows.length > 0) add(0, rows.length);
  return all;
}

function attempt(text: string, options: object, multiline: boolean): string[][] | { readonly reason: string } {
  try {
    return (parse as Parse)(text, options) as unknown as string[][];
  } catch (e) {
    return { reason: reasonOf(e as { readonly code?: string; readonly message: string }, multiline) };
  }
}

/** Rows that end inside quotes, or begin there: what a line break in a field looks like when lines are rows. */
const TORN = ['CSV_QUOTE_NOT_CLOSED', 'CSV_INVALID_CLOSING_QUOTE', 'INVALID_OPENING_QUOTE'];

function reasonOf(
  { code = '', message }: { readonly code?: string; readonly message: string },
  multiline: boolean,
): string {
  if (!TORN.includes(code)) return message;
  const what = code === 'CSV_QUOTE_NOT_CLOSED' ? 'a quote is not closed' : 'a quote stands inside a field';
  const advice = multiline
    ? 'a quote that belongs to a field is written twice in a field inside quotes; where quotes mean nothing, give csv() the option quote: null'
    : 'where fields have line breaks inside quotes, give csv() the option multiline: true';
  return `${what}; ${advice}`;
}
