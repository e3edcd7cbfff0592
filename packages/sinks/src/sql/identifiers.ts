import { error } from '@millrace/core/connector';

/** A name as SQL has it, whatever is in it. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** A table's name as SQL has it; with its schema before it where there is one. */
export const quotedTable = (name: readonly string[]) => name.map(quoted).join('.');

/**
 * Checks a table's name: `'flights'`, or a schema and a name, `['public', 'flights']`. A dot in a text belongs to the name.
 * @throws MR_OPTION
 */
export function checkTable(option: string, table: string | readonly [schema: string, name: string]): readonly string[] {
  const parts = typeof table === 'string' ? [table] : table;
  const valid = Array.isArray(parts) && (parts.length === 1 || parts.length === 2) && parts.every(isName);
  if (!valid)
    throw error('MR_OPTION', { option, value: table, rule: "must be a name, or ['schema', 'name']; not empty" });
  return parts;
}

/** Checks names of columns. @throws MR_OPTION unless there is at least one, and none is there twice */
export function checkColumns(option: string, columns: readonly string[]): readonly string[] {
  const valid = Array.isArray(columns) && columns.length > 0 && columns.every(isName);
  if (!valid || new Set(columns).size < columns.length)
    throw error('MR_OPTION', { option, value: columns, rule: 'must be names of columns, each once, at least one' });
  return [...columns];
}

// Neither database takes NUL in a name, and one of them cuts the name off there.
const isName = (name: unknown) => typeof name === 'string' && name !== '' && !name.includes('\0');
