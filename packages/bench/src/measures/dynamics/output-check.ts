import { digest } from '../../harness/compare.ts';
import type { PlainWorkload } from '../../workload.ts';
import type { Figure } from './dynamics-suite.ts';

/** What one batch delivered, in short: equal for equal records, whatever their order. */
export function digestOf(output: readonly unknown[] | number): string {
  return typeof output === 'number' ? `${output}` : digest(output);
}

/**
 * How many batches of a run did not deliver what the reference does, of all from its first to its last; null without a reference.
 *
 * @param size records of each batch, the first batch having the first records
 * @param seen what each batch delivered, by `digestOf`, all of it where one ran twice: one that delivered nothing differs
 */
export function wrongBatches(
  { reference, input, delivery }: PlainWorkload,
  size: number,
  seen: readonly (readonly string[])[],
): number | null {
  if (reference === null) return null;
  const step = reference();
  let wrong = 0;
  for (const [batch, digests] of seen.entries()) {
    const records = step(input.records(batch * size, (batch + 1) * size));
    const expected = digestOf(delivery === 'count' ? records.length : records);
    if (digests.length === 0 || digests.some((each) => each !== expected)) wrong += 1;
  }
  return wrong;
}

/** The same as a figure, of which none is promised; no figure without a reference. */
export function wrongFigure(wrong: number | null): Figure[] {
  return wrong === null ? [] : [{ metric: 'batches that differ from the reference', unit: '', value: wrong, limit: 0 }];
}
