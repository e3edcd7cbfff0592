import { error } from '../errors/catalog.ts';
import { describe } from '../errors/entry.ts';

/**
 * A way to bring many values together, as a value: reduceByKey, count, average, topK and distinct are made of it.
 * Values of type T go into an accumulator of type A, of which a result of type R is made.
 *
 * The contract:
 * - `add` and `merge` may change and return their first argument (the engine gives each accumulator one owner), but never
 *   the second. `subtract` changes neither. `finish` changes nothing and may be called more than once.
 * - `merge(create(), x)` equals x, and adding values to one accumulator equals merging accumulators of parts of them in
 *   order. Merging in another order may give another result (floating point sums); the engine always merges in the order
 *   of the map partitions.
 * - `subtract(merge(a, b), a)` equals b.
 * - Accumulators are plain data that msgpack carries; a copy that went through it works like the original.
 *
 * `merge` makes combining before the shuffle, two-stage aggregation and splitting of hot keys possible; without it all
 * values of a key travel. `subtract` makes incremental windows possible; without it a window is added up anew.
 */
export interface Aggregate<T, A, R> {
  /** In plans, errors and metrics. */
  readonly name: string;
  /** A new, empty accumulator that nobody else refers to. */
  create(): A;
  add(acc: A, value: T): A;
  merge?(a: A, b: A): A;
  subtract?(a: A, b: A): A;
  finish(acc: A): R;
}

/**
 * Checks an aggregate where it is written down, and returns it.
 * @throws MR_NOT_A_FUNCTION when a function is missing or something else; MR_OPTION when there is no name
 */
export function defineAggregate<T, A, R>(aggregate: Aggregate<T, A, R>): Aggregate<T, A, R> {
  const { name } = aggregate;
  if (typeof name !== 'string' || name === '')
    throw error('MR_OPTION', {
      option: 'The name of an aggregate',
      value: name,
      rule: 'must be a string that is not empty',
    });
  for (const part of ['create', 'add', 'finish'] as const) checkFunction(name, part, aggregate[part]);
  for (const part of ['merge', 'subtract'] as const)
    if (aggregate[part] !== undefined) checkFunction(name, part, aggregate[part]);
  return aggregate;
}

function checkFunction(name: string, parameter: string, found: unknown): void {
  if (typeof found !== 'function')
    throw error('MR_NOT_A_FUNCTION', { operator: `The aggregate ${name}`, parameter, found: describe(found) });
}

/**
 * The aggregate of a reducing function, as of reduceByKey. The accumulator is the value so far, undefined before the
 * first; so neither values nor results of `reduce` may be undefined.
 * @param reduce associative
 * @param inverse `inverse(reduce(a, b), a)` equals b; makes incremental windows possible
 */
export function fromReduce<T>(reduce: (a: T, b: T) => T, inverse?: (a: T, b: T) => T): Aggregate<T, T | undefined, T> {
  const join = (a: T | undefined, b: T | undefined): T | undefined =>
    a === undefined ? b : b === undefined ? a : reduce(a, b);
  return defineAggregate<T, T | undefined, T>({
    name: 'reduce',
    create: () => undefined,
    add: (acc, value) => (acc === undefined ? value : reduce(acc, value)),
    merge: join,
    ...(inverse === undefined
      ? {}
      : { subtract: (a: T | undefined, b: T | undefined) => (b === undefined ? a : inverse(a as T, b)) }),
    // There is a result only for keys that have had a value.
    finish: (acc) => acc as T,
  });
}
