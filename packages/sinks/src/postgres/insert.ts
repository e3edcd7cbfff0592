import { checkColumns, checkTable, quoted, quotedTable } from '../sql/identifiers.ts';
import { checkKeys, valuesOf } from '../sql/rows.ts';

/** What is written for each record. */
export interface PostgresInsert<T> {
  /** The table, which is there already: its name, or a schema and a name. */
  readonly table: string | readonly [schema: string, name: string];
  /** The columns that are written. */
  readonly columns: readonly string[];
  /** Values of the columns. Unless given: of an array by position, of an object by the columns' names. */
  readonly values?: (record: T) => readonly unknown[];
  /** Columns with a unique index: a row with the same values there is replaced in the other columns. */
  readonly upsertBy?: readonly string[];
}

/** A statement for many records at once, and its parameter. */
export interface PreparedInsert<T> {
  readonly sql: string;
  /** The records as a JSON text. @throws TypeError for records without the right number of values */
  rows(records: readonly T[]): string;
}

/**
 * One statement with one parameter for any number of rows: JSON that the server takes apart by the types of the table, so that
 * arrays, dates, JSON and types of one's own need no word here.
 *
 * @throws MR_OPTION
 */
export function checkInsert<T>({ table, columns, values, upsertBy }: PostgresInsert<T>): PreparedInsert<T> {
  const into = quotedTable(checkTable('postgresSink: table', table));
  const names = checkColumns('postgresSink: columns', columns);
  const list = names.map(quoted).join(', ');
  const take = valuesOf('postgresSink', names, values);
  const insert = `INSERT INTO ${into} (${list}) SELECT ${list} FROM json_populate_recordset(NULL::${into}, $1::json)`;
  if (upsertBy === undefined) return { sql: insert, rows: (records) => toJson(records.map(take), names) };
  const option = 'postgresSink: upsertBy';
  const keys = checkKeys(option, checkColumns(option, upsertBy), names);
  const set = names.filter((name) => !keys.includes(name)).map((name) => `${quoted(name)} = EXCLUDED.${quoted(name)}`);
  const then = set.length === 0 ? 'NOTHING' : `UPDATE SET ${set.join(', ')}`;
  const at = keys.map((key) => names.indexOf(key));
  return {
    sql: `${insert} ON CONFLICT (${keys.map(quoted).join(', ')}) DO ${then}`,
    rows: (records) => toJson(lastByKey(records.map(take), at), names),
  };
}

/** One statement may touch a row once: of rows with the same key the last. In the order of keys, so that others lock them in the same. */
function lastByKey(rows: readonly (readonly unknown[])[], at: readonly number[]): (readonly unknown[])[] {
  const last = new Map<string, readonly unknown[]>();
  for (const row of rows) last.set(JSON.stringify(at.map((i) => jsonValue(row[i]))), row);
  return [...last].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

function toJson(rows: readonly (readonly unknown[])[], names: readonly string[]): string {
  const keys = names.map((name) => JSON.stringify(name));
  const objects = rows.map((row) => {
    const fields = row.map((value, i) => `${keys[i]}:${JSON.stringify(jsonValue(value))}`);
    return `{${fields.join(',')}}`;
  });
  return `[${objects.join(',')}]`;
}

/** A value as JSON from which the server reads it exactly. @throws TypeError for functions and symbols */
function jsonValue(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      // Texts such as NaN and Infinity are read by the type of the column.
      return Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return String(value);
    case 'undefined':
      return null;
    case 'object':
      if (ArrayBuffer.isView(value))
        return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
      return Array.isArray(value) ? value.map(jsonValue) : value;
    default:
      throw new TypeError(`a value is a ${typeof value}, which PostgreSQL cannot store`);
  }
}
