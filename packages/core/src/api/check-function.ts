import { describe, error } from '../errors/index.ts';

/**
 * Refuses what is no function, and async functions where records are processed one after the other: when the operator is
 * called, not when it runs (R12).
 */
export function checkFunction(operator: string, parameter: string, fn: unknown): void {
  if (typeof fn !== 'function') throw error('MR_NOT_A_FUNCTION', { operator, parameter, found: describe(fn) });
  const kind = (fn as { constructor?: { name?: string } }).constructor?.name ?? '';
  if (kind.startsWith('Async'))
    throw error('MR_ASYNC_FUNCTION', { operator, found: `an async function as ${parameter}` });
}

/** Refuses what is no function, but takes async ones: for functions that run on the driver. */
export function checkAnyFunction(operator: string, parameter: string, fn: unknown): void {
  if (typeof fn !== 'function') throw error('MR_NOT_A_FUNCTION', { operator, parameter, found: describe(fn) });
}
