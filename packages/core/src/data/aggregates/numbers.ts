import { type Aggregate, defineAggregate } from '../aggregate.ts';

const counting = defineAggregate<unknown, number, number>({
  name: 'count',
  create: () => 0,
  add: (acc) => acc + 1,
  merge: (a, b) => a + b,
  subtract: (a, b) => a - b,
  finish: (acc) => acc,
});

/** The number of values. */
export function count(): Aggregate<unknown, number, number> {
  return counting;
}

const summing = defineAggregate<number, number, number>({
  name: 'sum',
  create: () => 0,
  add: (acc, value) => acc + value,
  merge: (a, b) => a + b,
  subtract: (a, b) => a - b,
  finish: (acc) => acc,
});

/**
 * The sum; 0 of nothing. Exact for integers up to 2^53. With fractions each subtraction of an incremental window leaves a
 * rounding error behind, which adds up over time; sum integers (cents, not euros) where that matters.
 */
export function sum(): Aggregate<number, number, number> {
  return summing;
}

/** Accumulator of `average`. */
export interface SumAndCount {
  sum: number;
  count: number;
}

const averaging = defineAggregate<number, SumAndCount, number>({
  name: 'average',
  create: () => ({ sum: 0, count: 0 }),
  add(acc, value) {
    acc.sum += value;
    acc.count++;
    return acc;
  },
  merge(a, b) {
    a.sum += b.sum;
    a.count += b.count;
    return a;
  },
  subtract: (a, b) => ({ sum: a.sum - b.sum, count: a.count - b.count }),
  finish: (acc) => acc.sum / acc.count,
});

/** The arithmetic mean; NaN of nothing. For subtraction of fractions see `sum`. */
export function average(): Aggregate<number, SumAndCount, number> {
  return averaging;
}
