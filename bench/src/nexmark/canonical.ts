/** How the rows that an engine emits are compared with the oracle's. */
export type Comparison<R = unknown> =
  /** All rows of all batches, in any order, each as often as it comes. */
  | { readonly kind: 'rows' }
  /** Rows are updates: of each key the last one counts. */
  | { readonly kind: 'last of key'; readonly key: (row: R) => string | number };

/**
 * A form of a query's output that is equal where the output is, whatever the order of rows and of their columns: sorted lines.
 * @param rows of all batches, in the order of batches
 */
export function canonical<R>(rows: Iterable<R>, comparison: Comparison<R>): string[] {
  if (comparison.kind === 'rows') return Array.from(rows, textOf).sort();
  const last = new Map<string | number, R>();
  for (const row of rows) last.set(comparison.key(row), row);
  return Array.from(last.values(), textOf).sort();
}

/** The first line that only one of two canonical forms has, as a sentence; null where they are equal. */
export function firstDifference(found: readonly string[], expected: readonly string[]): string | null {
  const at = expected.findIndex((line, i) => line !== found[i]);
  if (at < 0 && found.length === expected.length) return null;
  const line = at < 0 ? expected.length : at;
  return `${found.length} rows, not ${expected.length}; row ${line} is ${found[line] ?? 'not there'}, not ${expected[line] ?? 'there'}`;
}

/** Like JSON, with columns in the order of their names, and every number as it is. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const columns = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${columns.map(([name, inner]) => `${name}:${textOf(inner)}`).join()}}`;
}
