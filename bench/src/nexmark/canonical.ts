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

/** JSON with columns in the order of their names. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
