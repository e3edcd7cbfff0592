import type { Vector } from '../format.ts';

/**
 * Operations of `calls` vectors by name. Each makes the function that gets the rows' arguments: a fresh one for each row,
 * or one for all rows of a stateful vector.
 */
export type CallTable = Readonly<Record<string, (vector: Vector) => (...args: unknown[]) => unknown>>;
