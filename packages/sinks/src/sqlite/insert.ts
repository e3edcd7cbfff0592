import type { SQLInputValue } from 'node:sqlite';
import { error } from '@millrace/core/connector';
import { checkOptions } from '../options.ts';
import { checkColumns, checkTable, quoted, quotedTable } from '../sql/identifiers.ts';
import { checkKeys, type ValuesOf, valuesOf } from '../sql/rows.ts';

/** Rows of a table. */
export interface SqliteTableInsert<T> {
  /** The table, which is there already. */
  readonly table: string;
  /** The columns that are written. */
  readonly columns: readonly string[];
  /** Values of the columns. Unless given: of an array by position, of an object by the columns' names. */
  readonly values?: (record: T) => readonly unknown[];
  /** Columns with a unique index: a row with the same values there is replaced in the other columns. */
  readonly upsertBy?: readonly string[];
}

/** Any statement that is run for each record. */
export interface SqliteStatement<T> {
  /** An INSERT, UPDATE, DELETE or REPLACE, which may begin by WITH. */
  readonly statement: string;
  /** What its `?` stand for. */
  readonly params: (record: T) => readonly unknown[];
}

/** A statement, and what it gets for each record. */
export interface Prepared<T> {
  readonly sql: string;
  readonly params: ValuesOf<T>;
}

/** Checks what is written for each record. @throws MR_OPTION */
export function checkInsert<T>(insert: SqliteTableInsert<T> | SqliteStatement<T>): Prepared<T> {
  if (typeof insert === 'object' && insert !== null && 'statement' in insert) {
    checkOptions('sqliteSink: insert', insert, ['statement', 'params']);
    const { statement, params } = insert;
    if (typeof statement !== 'string' || !/^\s*(insert|update|delete|replace|with)\b/i.test(statement))
      throw error('MR_OPTION', {
        option: 'sqliteSink: insert.statement',
        value: statement,
        rule: 'must be an INSERT, UPDATE, DELETE or REPLACE',
      });
    if (typeof params !== 'function')
      throw error('MR_OPTION', { option: 'sqliteSink: insert.params', value: params, rule: 'must be a function' });
    return { sql: statement, params };
  }
  checkOptions('sqliteSink: insert', insert, ['table', 'columns', 'values', 'upsertBy']);
  const table = quotedTable(checkTable('sqliteSink: insert.table', insert.table));
  const columns = checkColumns('sqliteSink: insert.columns', insert.columns);
  const names = columns.map(quoted).join(', ');
  const sql = `INSERT INTO ${table} (${names}) VALUES (${columns.map(() => '?').join(', ')})`;
  return { sql: sql + onConflict(insert.upsertBy, columns), params: valuesOf('sqliteSink', columns, insert.values) };
}

function onConflict(upsertBy: readonly string[] | undefined, columns: readonly string[]): string {
  if (upsertBy === undefined) return '';
  const option = 'sqliteSink: insert.upsertBy';
  const keys = checkKeys(option, checkColumns(option, upsertBy), columns);
  const rest = columns.filter((column) => !keys.includes(column)).map((c) => `${quoted(c)} = excluded.${quoted(c)}`);
  const then = rest.length === 0 ? 'NOTHING' : `UPDATE SET ${rest.join(', ')}`;
  return ` ON CONFLICT (${keys.map(quoted).join(', ')}) DO ${then}`;
}

/**
 * A value as SQLite takes it: whole numbers as integers, switches as 0 and 1, dates as ISO texts, what is undefined as null, bytes as they are, all other objects as JSON.
 * @throws TypeError for functions and symbols
 */
export function sqliteValue(value: unknown): SQLInputValue {
  switch (typeof value) {
    case 'string':
    case 'bigint':
      return value;
    case 'number':
      // Numbers are bound as floating point: 1 would be '1.0' in a column of texts. Not -0, which no integer is.
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value) : value;
    case 'boolean':
      return value ? 1n : 0n;
    case 'undefined':
      return null;
    case 'object':
      if (value === null || ArrayBuffer.isView(value)) return value as SQLInputValue;
      return value instanceof Date ? value.toISOString() : JSON.stringify(value);
    default:
      throw new TypeError(`a value is a ${typeof value}, which SQLite cannot store`);
  }
}
