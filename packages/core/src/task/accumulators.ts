import type { AnyFunction } from '../lineage/function-scope.ts';

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
}
