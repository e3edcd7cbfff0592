import { error } from '@millrace/core/connector';
import { type BadRow, type OnBadRow, replaceBadRow } from '../decode/bad-rows.ts';
import type { Origin } from '../decode/decoder.ts';
import { type CsvSyntax, fieldsOf } from './csv-fields.ts';
import { type CsvType, converters, NotOfType } from './csv-type.ts';

/** A row of text, without its line end. */
export interface CsvRow {
  readonly text: string;
  /** Says where it is. Not a text: nobody asks but for bad rows. */
  readonly where: () => string;
}

/** What rows become. */
export interface RecordSettings<T> extends CsvSyntax {
  readonly types: Readonly<Record<string, CsvType>>;
  readonly policy: OnBadRow<T>;
}

/**
 * Rows to records: objects where columns have names, else arrays of texts.
 *
 * @throws MR_BAD_RECORD where the policy says so
 */
export function recordsOf<T>(
  rows: readonly CsvRow[],
  columns: readonly string[] | null,
  settings: RecordSettings<T>,
  origin: Origin,
): T[] {
  const records: T[] = [];
  const make = columns === null ? (fields: readonly string[]) => fields : maker(columns, settings.types);
  const bad = (row: CsvRow, reason: string): void => {
    const about: BadRow = { source: origin.source, where: row.where(), text: row.text, reason };
    const other = replaceBadRow(settings.policy, about, origin);
    if (other !== undefined) records.push(other);
  };
  const texts = rows.map((row) => row.text);
  for (const [i, fields] of fieldsOf(texts, settings).entries()) {
    if ('reason' in fields) {
      bad(rows[i]!, fields.reason);
      continue;
    }
    let record: unknown;
    try {
      record = make(fields);
    } catch (e) {
      if (!(e instanceof NotOfType)) throw e;
      bad(rows[i]!, e.message);
      continue;
    }
    records.push(record as T);
  }
  return records;
}

function maker(columns: readonly string[], types: RecordSettings<unknown>['types']) {
  const converts = columns.map((name) => converters[types[name] ?? 'string']);
  return (fields: readonly string[]): Record<string, unknown> => {
    if (fields.length !== columns.length) {
      throw new NotOfType(`it has ${count(fields.length, 'field')}, and there are ${count(columns.length, 'column')}`);
    }
    const record: Record<string, unknown> = {};
    for (let c = 0; c < columns.length; c++) {
      const name = columns[c]!;
      try {
        record[name] = converts[c]!(fields[c]!);
      } catch (e) {
        if (!(e instanceof NotOfType)) throw e;
        throw new NotOfType(
          `the column ${name} should be a ${types[name]}, and ${JSON.stringify(fields[c])} is ${e.message}`,
        );
      }
    }
    return record;
  };
}

/** Names of columns from a source's first row. A header that is wrong fails whatever the policy for rows is. */
export function columnsOfHeader(text: string, settings: RecordSettings<unknown>, source: string): readonly string[] {
  const refuse = (reason: string): never => {
    throw error('MR_BAD_RECORD', { source, where: 'the header', reason });
  };
  const row = text.replace(/\r?\n$/, '');
  const [fields] = row === '' ? [] : fieldsOf([row], settings);
  if (fields === undefined) return refuse('it is empty');
  if ('reason' in fields) return refuse(fields.reason);
  const wrong = wrongColumns(fields);
  if (wrong !== null) return refuse(wrong);
  for (const name of Object.keys(settings.types))
    if (!fields.includes(name))
      refuse(`it has no column ${name}, which \`types\` names; there are ${fields.join(', ')}`);
  return fields;
}

/** Why names cannot be those of columns, null if they can. */
export function wrongColumns(names: readonly string[]): string | null {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) return `the column ${JSON.stringify(twice)} is there twice`;
  if (names.includes('')) return 'a column has no name';
  if (names.includes('__proto__')) return 'a column cannot be called __proto__';
  return null;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
