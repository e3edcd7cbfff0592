import { checkBoolean, checkOptionNames, checkWhole, decodeLines, error } from '@millrace/core/connector';
import { checkedPolicy, type OnBadRow, placeOfLine } from '../decode/bad-rows.ts';
import type { Decoder, LinesDecoder, Origin, StreamDecoder } from '../decode/decoder.ts';
import { loadParser } from './csv-fields.ts';
import { type CsvRow, columnsOfHeader, type RecordSettings, recordsOf, wrongColumns } from './csv-records.ts';
import { type CsvType, converters } from './csv-type.ts';
import { RowSplitter } from './row-splitter.ts';

/** Options of `csv`. */
export interface CsvOptions<T> {
  /** True where the first row of each file names the columns. */
  readonly header?: boolean;
  /** Names of the columns where files have no header. Without either a record is an array of texts. */
  readonly columns?: readonly string[];
  /**
   * Types of columns; the others are texts. Numbers, whole numbers of any size (`bigint`), `true`, `false`, `1` and `0`,
   * and dates of ISO 8601, UTC where they have no zone. An empty field of such a column is null.
   */
  readonly types?: { readonly [name in keyof T & string]?: CsvType };
  /** One character; `,` unless given. */
  readonly delimiter?: string;
  /** One character, doubled to stand for itself; `"` unless given. Null: there are no quotes. */
  readonly quote?: string | null;
  /** Whether spaces around fields are left out; false unless given. */
  readonly trim?: boolean;
  /**
   * True where quoted fields have line breaks. A file is then read from its beginning to its end by one task, since nobody
   * can say where a row begins without looking at all before it. False unless given: a line is a row.
   */
  readonly multiline?: boolean;
  /** Longest row with `multiline`, in characters; a longer one is an error. 2^24 unless given. */
  readonly maxRowLength?: number;
  /** What happens to a row with a wrong number of fields, a value of a wrong type, a quote astray: `'fail'` unless given. */
  readonly onBadRow?: OnBadRow<T>;
}

const OPTIONS = [
  'header',
  'columns',
  'types',
  'delimiter',
  'quote',
  'trim',
  'multiline',
  'maxRowLength',
  'onBadRow',
] as const;

/**
 * CSV as RFC 4180 has it, read by the package `csv-parse`, which has to be installed.
 *
 * @throws MR_OPTION; at start MR_MISSING_PACKAGE; in tasks MR_BAD_RECORD, with the file, the line or byte, and the reason.
 *   A header that is wrong is MR_BAD_RECORD whatever `onBadRow` says.
 * @example
 * ```ts
 * const payments = fileStream(ssc, '/var/spool/payments', {
 *   decode: csv<{ id: bigint; amount: number; at: Date }>({
 *     header: true,
 *     types: { id: 'bigint', amount: 'number', at: 'date' },
 *     onBadRow: 'drop',
 *   }),
 * });
 * ```
 */
export function csv<T = Record<string, string>>(options: CsvOptions<T> = {}): Decoder<T> {
  checkOptionNames('csv', options, OPTIONS);
  const header = checkBoolean('csv: header', options.header ?? false);
  const columns = checkedColumns(options.columns, header);
  const settings: RecordSettings<T> = {
    types: checkedTypes(options.types ?? {}, columns, header),
    delimiter: character('csv: delimiter', options.delimiter ?? ','),
    quote: options.quote === null ? null : character('csv: quote', options.quote ?? '"'),
    trim: checkBoolean('csv: trim', options.trim ?? false),
    multiline: checkBoolean('csv: multiline', options.multiline ?? false),
    policy: checkedPolicy('csv: onBadRow', options.onBadRow),
  };
  if (settings.quote === settings.delimiter) refuse('csv: quote', settings.quote, 'must differ from the delimiter');
  if (settings.multiline) {
    const maxRowLength = checkWhole('csv: maxRowLength', options.maxRowLength ?? 2 ** 24, 1);
    return multiline(header, columns, settings, maxRowLength);
  }
  if (options.maxRowLength !== undefined)
    refuse('csv: maxRowLength', options.maxRowLength, 'can be given together with multiline: true only');
  return singleLine(header, columns, settings);
}

function singleLine<T>(
  header: boolean,
  columns: readonly string[] | null,
  settings: RecordSettings<T>,
): LinesDecoder<T> {
  return {
    framing: 'lines',
    header,
    load: loadParser,
    decode(bytes, origin) {
      const names = header ? columnsOfHeader(origin.header ?? '', settings, origin.source) : columns;
      const rows: CsvRow[] = [];
      for (const [i, text] of decodeLines(bytes).entries())
        if (text !== '') rows.push({ text, where: () => placeOfLine(bytes, i, origin) });
      return recordsOf(rows, names, settings, origin);
    },
  };
}

function multiline<T>(
  header: boolean,
  columns: readonly string[] | null,
  settings: RecordSettings<T>,
  maxRowLength: number,
): StreamDecoder<T> {
  return {
    framing: 'stream',
    load: loadParser,
    async *decode(chunks: AsyncIterable<Uint8Array>, origin: Origin) {
      const text = new TextDecoder();
      const splitter = new RowSplitter(settings.quote, maxRowLength, origin.source);
      let names = columns;
      const records = (rows: CsvRow[]): T[] => {
        if (header && names === null && rows.length > 0)
          names = columnsOfHeader((rows.shift() as CsvRow).text, settings, origin.source);
        return recordsOf(rows, names, settings, origin);
      };
      for await (const chunk of chunks) {
        const found = records(splitter.push(text.decode(chunk, { stream: true })));
        if (found.length > 0) yield found;
      }
      yield records([...splitter.push(text.decode()), ...splitter.end()]);
    },
  };
}

function checkedColumns(columns: readonly string[] | undefined, header: boolean): readonly string[] | null {
  if (columns === undefined) return null;
  if (header) refuse('csv: columns', columns, 'cannot be given together with header: true, which names them');
  if (!Array.isArray(columns) || columns.length === 0 || columns.some((name) => typeof name !== 'string'))
    refuse('csv: columns', columns, 'must be an array of names');
  const wrong = wrongColumns(columns);
  if (wrong !== null) refuse('csv: columns', columns, `is not possible: ${wrong}`);
  return [...columns];
}

function checkedTypes(
  types: object,
  columns: readonly string[] | null,
  header: boolean,
): Readonly<Record<string, CsvType>> {
  for (const [name, type] of Object.entries(types)) {
    const option = `csv: types.${name}`;
    if (!Object.hasOwn(converters, type as string))
      refuse(option, type, `must be one of ${Object.keys(converters).join(', ')}`);
    if (columns === null && !header) refuse(option, type, 'needs `header: true` or `columns`, which name the columns');
    if (columns !== null && !columns.includes(name))
      refuse(option, type, `must name one of the columns ${columns.join(', ')}`);
  }
  return Object.assign(Object.create(null), types) as Record<string, CsvType>;
}

function character(option: string, value: string): string {
  if (typeof value !== 'string' || value.length !== 1 || value === '\n' || value === '\r')
    refuse(option, value, 'must be one character, and no line break');
  return value;
}

function refuse(option: string, value: unknown, rule: string): never {
  throw error('MR_OPTION', { option, value, rule });
}
