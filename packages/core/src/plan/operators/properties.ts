import type { OperatorProperties } from '../node.ts';

const base = { preservesPartitioning: false, partitionsByKey: false, combinable: false, invertible: false } as const;

/** A partition of the result needs one partition of the input. */
export const NARROW: OperatorProperties = { ...base, dependency: 'narrow' };
/** The same, and keys cannot change. */
export const NARROW_KEEPING_KEYS: OperatorProperties = { ...base, dependency: 'narrow', preservesPartitioning: true };
/** A partition of the result needs all partitions of the input. */
export const WIDE: OperatorProperties = { ...base, dependency: 'wide' };
/** The same, to the partition of their key. */
export const WIDE_BY_KEY: OperatorProperties = { ...WIDE, partitionsByKey: true };
/** One result for the batch, combined before it is moved. */
export const COMBINABLE: OperatorProperties = { ...WIDE, combinable: true };
/** One result for each key, combined before it is moved. */
export const COMBINABLE_BY_KEY: OperatorProperties = { ...COMBINABLE, partitionsByKey: true };
export const WINDOW: OperatorProperties = { ...base, dependency: 'window', preservesPartitioning: true };
/** State for each key; the output is what the user's function makes of it. */
export const STATE: OperatorProperties = { ...base, dependency: 'state' };
/** State for each key, which is the output. */
export const STATE_BY_KEY: OperatorProperties = { ...STATE, partitionsByKey: true };
export const INVERTIBLE_WINDOW: OperatorProperties = { ...STATE_BY_KEY, combinable: true, invertible: true };
export const SOURCE: OperatorProperties = { ...base, dependency: 'source' };
export const OUTPUT: OperatorProperties = { ...base, dependency: 'output' };
