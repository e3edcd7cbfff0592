import { error } from '../../errors/catalog.ts';
import { type Aggregate, defineAggregate } from '../aggregate.ts';
import { compareValues } from '../compare.ts';

/** Options of `topK`. */
export interface TopKOptions<T> {
  /** What to rank by; default the value itself. Called about log2(k) times a value. */
  readonly by?: (value: T) => unknown;
}

/**
 * The k largest values, largest first, in the order of `compareValues`. Values of equal rank follow each other by
 * themselves, largest first, and equal values in order of arrival, so that the result does not depend on how the values
 * were split. The accumulator is the result so far; an accumulator costs k values at most. No subtraction: what was
 * pushed out of the list is gone.
 * @throws MR_OPTION unless k is an integer of at least 1
 */
export function topK<T>(k: number, options: TopKOptions<T> = {}): Aggregate<T, T[], T[]> {
  if (!Number.isInteger(k) || k < 1)
    throw error('MR_OPTION', { option: 'The k of topK', value: k, rule: 'must be an integer of at least 1' });
  const { by } = options;
  const order = (a: T, b: T): number =>
    by === undefined ? compareValues(b, a) : compareValues(by(b), by(a)) || compareValues(b, a);

  const add = (acc: T[], value: T): T[] => {
    const full = acc.length === k;
    // Most values of a long stream end here, after one comparison.
    if (full && order(acc[k - 1] as T, value) <= 0) return acc;
    let low = 0;
    let high = acc.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // Behind equal ones: those arrived earlier.
      if (order(acc[middle] as T, value) <= 0) low = middle + 1;
      else high = middle;
    }
    if (full) acc.pop();
    acc.splice(low, 0, value);
    return acc;
  };

  return defineAggregate<T, T[], T[]>({
    name: `topK(${k})`,
    create: () => [],
    add,
    merge(a, b) {
      for (const value of b) add(a, value);
      return a;
    },
    // A copy: the accumulator goes on changing in a window or state.
    finish: (acc) => acc.slice(),
  });
}
