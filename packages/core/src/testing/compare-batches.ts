import { inspect, isDeepStrictEqual } from 'node:util';
import { compareValues } from '../data/compare.ts';

/** What counts as equal. */
export interface CompareOptions {
  /** The records of a batch are a multiset; the order of batches always counts. */
  readonly unordered?: boolean;
  /** In records `[key, values]` the values are a multiset, too. */
  readonly unorderedValues?: boolean;
}

/** Outputs that are not the expected ones. The message shows the first batch that differs, both ways. */
export class OutputMismatch extends Error {
  readonly expected: unknown;
  readonly actual: unknown;

  constructor(message: string, expected: unknown, actual: unknown) {
    super(`${message}\n  expected: ${show(expected)}\n  actual:   ${show(actual)}`);
    this.name = 'OutputMismatch';
    this.expected = expected;
    this.actual = actual;
  }
}

/**
 * Compares outputs batch by batch; values structurally, -0 as 0.
 * @throws OutputMismatch
 * @example
 * ```ts
 * assertSameBatches([[1, 2]], [[2, 1]], { unordered: true });
 * ```
 */
export function assertSameBatches(
  actual: readonly (readonly unknown[])[],
  expected: readonly (readonly unknown[])[],
  options: CompareOptions = {},
): void {
  const longest = Math.max(actual.length, expected.length);
  for (let i = 0; i < longest; i++) {
    if (i >= actual.length || i >= expected.length) {
      const what = `there are ${actual.length} batches of output where ${expected.length} are expected`;
      throw new OutputMismatch(what, expected, actual);
    }
    if (!sameBatch(actual[i], expected[i], options))
      throw new OutputMismatch(`batch ${i} differs`, expected[i], actual[i]);
  }
}

/** Whether two batches hold the same records. */
export function sameBatch(a: readonly unknown[], b: readonly unknown[], options: CompareOptions = {}): boolean {
  return a.length === b.length && isDeepStrictEqual(normal(a, options), normal(b, options));
}

function normal(batch: readonly unknown[], options: CompareOptions): unknown[] {
  const records = batch.map((record) =>
    withoutNegativeZero(options.unorderedValues === true ? sortedValues(record) : record),
  );
  return options.unordered === true ? sorted(records) : records;
}

function sortedValues(record: unknown): unknown {
  return Array.isArray(record) && Array.isArray(record[1]) ? [record[0], sorted(record[1])] : record;
}

function sorted(values: readonly unknown[]): unknown[] {
  return [...values].sort(compareValues);
}

/** JSON, in which expectations are often written, has no -0. */
function withoutNegativeZero(value: unknown): unknown {
  if (value === 0) return 0;
  return Array.isArray(value) ? value.map(withoutNegativeZero) : value;
}

function show(value: unknown): string {
  return inspect(value, { depth: 8, maxArrayLength: 200, breakLength: 160, compact: 8 });
}
