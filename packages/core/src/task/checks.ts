import { describe, error } from '../errors/index.ts';

/** Turns what a flatMap function returned into an array, or says that it cannot be iterated. */
export function spread(result: unknown, operator: string): readonly unknown[] {
  if (result === null || result === undefined) throw error('MR_NOT_ITERABLE', { operator, found: String(result) });
  if (isThenable(result)) throw error('MR_ASYNC_FUNCTION', { operator, found: 'a promise' });
  if (typeof (result as Iterable<unknown>)[Symbol.iterator] !== 'function') {
    throw error('MR_NOT_ITERABLE', { operator, found: describe(result) });
  }
  return Array.from(result as Iterable<unknown>);
}

/** Refuses a promise where a record was expected: an async function was given to a synchronous operator. */
export function checkNotPromise(result: unknown, operator: string): void {
  if (isThenable(result)) throw error('MR_ASYNC_FUNCTION', { operator, found: 'a promise' });
}

/** Says that a record is no pair where keys are needed. */
export function refuseNoPair(record: unknown, operator: string): never {
  throw error('MR_NOT_A_PAIR', { operator, found: describe(record) });
}

/** Says which half of a pair is undefined. */
export function refuseUndefined(key: unknown, operator: string): never {
  throw error('MR_UNDEFINED_IN_PAIR', { part: key === undefined ? 'key' : 'value', operator });
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
