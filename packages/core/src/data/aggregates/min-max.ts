import { type Aggregate, defineAggregate } from '../aggregate.ts';
import { compareValues } from '../compare.ts';

/** Accumulator and result of `minMax`. */
export interface MinMax<T> {
  readonly min: T;
  readonly max: T;
}

/**
 * The smallest and the largest value in the order of `compareValues`, or null of nothing; of equal ones the first. It
 * cannot be subtracted: a minimum that leaves a window says nothing about the next.
 */
export function minMax<T>(): Aggregate<T, MinMax<T> | null, MinMax<T> | null> {
  return defineAggregate<T, MinMax<T> | null, MinMax<T> | null>({
    name: 'minMax',
    create: () => null,
    add: (acc, value) => widen(acc, value, value),
    merge: (a, b) => (b === null ? a : widen(a, b.min, b.max)),
    finish: (acc) => acc,
  });
}

function widen<T>(acc: MinMax<T> | null, low: T, high: T): MinMax<T> {
  if (acc === null) return { min: low, max: high };
  const lower = compareValues(low, acc.min) < 0;
  const higher = compareValues(high, acc.max) > 0;
  return lower || higher ? { min: lower ? low : acc.min, max: higher ? high : acc.max } : acc;
}
