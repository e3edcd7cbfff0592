import type { AnyFunction } from '../lineage/function-scope.ts';
import { checkNotPromise, refuseUndefined } from './checks.ts';

/**
 * Values of keys as columns that grow, in the order in which keys were first met, and where each key is in them. No object for each key: with
 * many keys these would be most of what a batch allocates.
 */
export interface Accumulators {
  /** By lookup key. */
  readonly places: Map<unknown, number>;
  readonly keys: unknown[];
  readonly values: unknown[];
}

/** Nothing yet. */
export function noAccumulators(): Accumulators {
  return { places: new Map(), keys: [], values: [] };
}

/** The functions of an aggregate, ready to call. */
export interface AggregatorFunctions {
  readonly create: AnyFunction | null;
  readonly add: AnyFunction;
  readonly merge: AnyFunction | null;
  /** Whom errors name. */
  readonly operator: string;
}

/**
 * Refuses what no accumulator can be, wherever values of a key are put together: what a function gives must not depend on where that is.
 * @param isFirst whether it is the first of many: a promise shows there, and costs too much to look for in each
 * @throws MR_ASYNC_FUNCTION, MR_UNDEFINED_IN_PAIR
 */
export function checkAccumulator(value: unknown, key: unknown, isFirst: boolean, operator: string): void {
  if (isFirst) checkNotPromise(value, operator);
  if (value === undefined) refuseUndefined(key, operator);
}
