import type { OperatorProperties } from '../node.ts';

const base = { preservesPartitioning: false, combinable: false, invertible: false } as const;

/** A partition of the result needs one partition of the input. */
export const NARROW: OperatorProperties = { ...base, dependency: 'narrow' };
/** The same, and keys cannot change. */
export const NARROW_KEEPING_KEYS: OperatorProperties = { ...base, dependency: 'narrow', preservesPartitioning: true };
/** A partition of the result needs all partitions of the input. */
export const WIDE: OperatorProperties = { ...base, dependency: 'wide' };
/** The same, combined before it is moved. */
export const COMBINABLE: OperatorProperties = { ...base, dependency: 'wide', combinable: true };
export const WINDOW: OperatorProperties = { ...base, dependency: 'window', preservesPartitioning: true };
export const STATE: OperatorProperties = { ...base, dependency: 'state' };
export const INVERTIBLE_WINDOW: OperatorProperties = {
  ...base,
  dependency: 'state',
  combinable: true,
  invertible: true,
};
export const SOURCE: OperatorProperties = { ...base, dependency: 'source' };
export const OUTPUT: OperatorProperties = { ...base, dependency: 'output' };
