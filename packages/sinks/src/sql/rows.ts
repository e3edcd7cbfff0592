import { error } from '@millrace/core/connector';

/** The values of a record's columns, in their order. */
export type ValuesOf<T> = (record: T) => readonly unknown[];

/**
 * What takes a record apart unless a function is given: an array by position, as pairs are, and any other object by the
 * names of the columns. A field that is missing is null.
 */
export function valuesOf<T>(sink: string, columns: readonly string[], values?: ValuesOf<T>): ValuesOf<T> {
  if (values !== undefined && typeof values !== 'function')
    throw error('MR_OPTION', { option: `${sink}: values`, value: values, rule: 'must be a function' });
  const take = values ?? ((record: T) => byShape(record, columns));
  return (record) => {
    const row = take(record);
    if (Array.isArray(row) && row.length === columns.length) return row;
    const got = Array.isArray(row) ? `${row.length} values` : 'no array';
    throw new TypeError(`a record gives ${got} for the ${columns.length} columns ${columns.join(', ')}`);
  };
}

function byShape(record: unknown, columns: readonly string[]): readonly unknown[] {
  if (Array.isArray(record)) return record;
  if (typeof record === 'object' && record !== null) {
    const fields = record as Record<string, unknown>;
    return columns.map((column) => (Object.hasOwn(fields, column) ? fields[column] : null));
  }
  if (columns.length === 1) return [record];
  throw new TypeError(`a record is neither an array nor an object, and there are ${columns.length} columns`);
}

/** Checks the columns that an upsert compares by. @throws MR_OPTION unless they are columns that are written */
export function checkKeys(option: string, keys: readonly string[], columns: readonly string[]): readonly string[] {
  const unknown = keys.find((key) => !columns.includes(key));
  if (unknown !== undefined)
    throw error('MR_OPTION', { option, value: unknown, rule: `must be one of the columns ${columns.join(', ')}` });
  return keys;
}
