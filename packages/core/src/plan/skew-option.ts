import { error } from '../errors/index.ts';

/**
 * What becomes of heavy keys where all values of a key have to come together and cannot be combined before.
 *
 * - `'auto'`, which is the default: keys that a sample of each map task finds heavy are split, if there are any. The pairs that a join makes
 *   of such a key then lie in several partitions, unless an operator behind it needs them in one
 * - `'split'`: the same, and for joins in any case: an operator by key behind one then has to move its records
 * - `'hash'`: a key is worked on where its hash sends it, whatever it weighs, and nobody looks for heavy ones
 */
export type SkewStrategy = 'auto' | 'split' | 'hash';

/** Options of operators that can split heavy keys. Results, and the order of values within a key, are the same with every strategy. */
export interface SkewOptions {
  readonly skew?: SkewStrategy;
}

const STRATEGIES: readonly unknown[] = ['auto', 'split', 'hash'] satisfies readonly SkewStrategy[];

/** Checks an operator's strategy. @throws MR_OPTION */
export function checkedSkew(operator: string, { skew = 'auto' }: SkewOptions): SkewStrategy {
  if (STRATEGIES.includes(skew)) return skew;
  throw error('MR_OPTION', { option: `${operator}: skew`, value: skew, rule: "must be 'auto', 'split' or 'hash'" });
}

/** Whether heavy keys may be split, by the options or params of an operator. */
export function splits({ skew }: SkewOptions): boolean {
  return skew !== 'hash';
}
