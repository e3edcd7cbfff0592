import { error } from '../errors/index.ts';
import type { JoinKind } from '../skew/join-plan.ts';
import type { JoinSide } from '../task/probe.ts';
import type { PlanNode } from './node.ts';

/**
 * What becomes of heavy keys where all values of a key have to come together and cannot be combined before.
 *
 * - `'auto'`, which is the default: keys that a sample of each map task finds heavy are split, if there are any. The pairs that a join makes
 *   of such a key then lie in several partitions, unless an operator behind it needs them in one
 * - `'split'`: the same, and for joins in any case: an operator by key behind one then has to move its records
 * - `'hash'`: a key is worked on where its hash sends it, whatever it weighs; which keys are heavy is told all the same
 */
export type SkewStrategy = 'auto' | 'split' | 'hash';

/** Options of operators that can split heavy keys. Results, and the order of values within a key, are the same with every strategy. */
export interface SkewOptions {
  readonly skew?: SkewStrategy;
}

/** Keys get one of so many random prefixes: see `salted`. */
export interface Salted {
  readonly kind: 'salted';
  readonly salts: number;
}

/**
 * What becomes of heavy keys where an aggregate can merge.
 *
 * - `'auto'`, which is the default: each map task combines the values of a key before they move, where a look at its pairs says that this
 *   leaves clearly fewer of them, or that a key is heavy; else it moves them as they are
 * - `'combine'`: always combines
 * - `'hash'`: never does: a key's values are put together where its hash sends it
 * - `'split'`: never does either, and heavy keys are split
 * - `salted(n)`: combines for each of n random prefixes of a key first, then for each key, in two shuffles
 *
 * Of aggregates that cannot merge `'auto'` splits heavy keys, and `'combine'` and `salted(n)` are errors.
 */
export type AggregateStrategy = SkewStrategy | 'combine' | Salted;

/** Options of operators that aggregate by key. Results are the same with every strategy, as far as the functions keep what aggregates promise. */
export interface AggregateSkewOptions {
  readonly skew?: AggregateStrategy;
}

/**
 * Random-prefix salting, for `{ skew: salted(8) }`: values of a key are put together for each of its prefixes first, in a shuffle of its
 * own. Functions have to be commutative, too. It is here to be compared with combining, which does more with one shuffle.
 *
 * @param salts how many prefixes: at least 1; the operator throws MR_OPTION for others
 * @example
 * ```ts
 * const counts = words.map((w) => [w, 1]).reduceByKey((a, b) => a + b, { skew: salted(8) });
 * ```
 */
export function salted(salts: number): Salted {
  return { kind: 'salted', salts };
}

/** One side of a join goes whole to all tasks: see `broadcast`. */
export interface BroadcastSide {
  readonly kind: 'broadcast';
  readonly side: JoinSide;
}

/**
 * What becomes of heavy keys in a join.
 *
 * - `'auto'`, which is the default: as of others, and where the batches before have shown that the right side is small beside the left one,
 *   and no more than 10 MiB, it goes whole to all tasks of the left one, which stays where it is. Only where a join keeps no key that its left side does
 *   not have, nobody relies on where keys lie, and the result has as many partitions as it would have had
 * - `'split'`, `'hash'`: as of others
 * - `broadcast(side)`: a side goes whole to all tasks, however large it is
 */
export type JoinStrategy = SkewStrategy | BroadcastSide;

/** Options of joins. Results are the same with every strategy, and so is the order of the pairs of a key, but for `broadcast('left')`. */
export interface JoinSkewOptions {
  readonly skew?: JoinStrategy;
}

/**
 * A join one side of which goes whole to all tasks, for `{ skew: broadcast() }`: the other side stays where it is, and no key of it is heavy. The
 * result lies as that side does, and `numPartitions` means nothing. Every slot has to hold the side that goes everywhere.
 *
 * A key that only the small side has would be met by every task, or by none: a left outer join may broadcast its right side, a right outer
 * join its left one, a full outer join none; else the operator throws MR_OPTION. The pairs of a key come in the order of the large side.
 *
 * @param side the one that goes everywhere: `'right'` unless given
 * @example
 * ```ts
 * const names = ssc.queueStream([[['SEA', 'Seattle']]] as [string, string][][]);
 * const named = delays.join(names, { skew: broadcast() }); // DStream<[string, [number, string]]>
 * ```
 */
export function broadcast(side: JoinSide = 'right'): BroadcastSide {
  return { kind: 'broadcast', side };
}

const SPLITTING: readonly unknown[] = ['auto', 'split', 'hash'] satisfies readonly SkewStrategy[];

/** Checks an operator's strategy. @throws MR_OPTION */
export function checkedSkew(operator: string, { skew = 'auto' }: SkewOptions): SkewStrategy {
  if (SPLITTING.includes(skew)) return skew;
  throw error('MR_OPTION', { option: `${operator}: skew`, value: skew, rule: "must be 'auto', 'split' or 'hash'" });
}

/** Checks the strategy of an operator that aggregates. @param merges whether its aggregate can merge @throws MR_OPTION */
export function checkedAggregateSkew(
  operator: string,
  { skew = 'auto' }: AggregateSkewOptions,
  merges: boolean,
): AggregateStrategy {
  const option = `${operator}: skew`;
  if (SPLITTING.includes(skew)) return skew;
  const isSalted = typeof skew === 'object' && skew !== null && skew.kind === 'salted';
  if (skew !== 'combine' && !isSalted) {
    const rule = "must be 'auto', 'combine', 'split', 'hash' or salted(n)";
    throw error('MR_OPTION', { option, value: skew, rule });
  }
  if (!merges) {
    const rule =
      "must be 'auto', 'split' or 'hash' where nothing is combined before records move: the aggregate has no merge, or mapSideCombine is false";
    throw error('MR_OPTION', { option, value: skew, rule });
  }
  if (isSalted && !(Number.isSafeInteger(skew.salts) && skew.salts >= 1))
    throw error('MR_OPTION', {
      option: `${option}, salted`,
      value: skew.salts,
      rule: 'must be a whole number, at least 1',
    });
  return skew;
}

/** The strategy of a node that aggregates. */
export function strategyOf({ params }: PlanNode): AggregateStrategy {
  return (params.skew as AggregateStrategy | undefined) ?? 'auto';
}

/** A strategy where values are not to be combined before they move. */
export function uncombined(strategy: AggregateStrategy): AggregateStrategy {
  return strategy === 'auto' ? 'split' : strategy;
}

/** Checks the strategy of a join. @param kind which values it keeps alone @throws MR_OPTION */
export function checkedJoinSkew(operator: string, { skew = 'auto' }: JoinSkewOptions, kind: JoinKind): JoinStrategy {
  const option = `${operator}: skew`;
  if (SPLITTING.includes(skew)) return skew;
  const sides: readonly JoinSide[] = ['left', 'right'];
  if (typeof skew !== 'object' || skew === null || skew.kind !== 'broadcast' || !sides.includes(skew.side)) {
    const rule = "must be 'auto', 'split', 'hash', broadcast() or broadcast('left')";
    throw error('MR_OPTION', { option, value: skew, rule });
  }
  if (mayBroadcast(skew.side, kind)) return skew;
  const allowed = sides.filter((side) => mayBroadcast(side, kind)).map((side) => `broadcast('${side}')`);
  const instead = allowed.length === 0 ? 'it has no side that may go everywhere' : `use ${allowed.join(' or ')}`;
  const rule = `must not be of a side whose keys ${operator} keeps where the other has none; ${instead}`;
  throw error('MR_OPTION', { option, value: skew, rule });
}

/** Whether a side may be the one that goes everywhere: a key that the other one does not have must not be kept. */
export function mayBroadcast(side: JoinSide, kind: JoinKind): boolean {
  return side === 'right' ? !kind.right : !kind.left;
}

/** Whether heavy keys may be split, by the options or params of an operator. */
export function splits({ skew }: SkewOptions): boolean {
  return skew !== 'hash';
}
