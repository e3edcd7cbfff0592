import { hashPartitioner, type Partitioner, samePartitioner } from '../data/partitioner.ts';
import type { AggregateStrategy } from '../plan/skew-option.ts';
import type { FunctionScope } from './function-scope.ts';
import type { AggregatorRefs, Combining, PartitionerRef, RddNode } from './rdd-node.ts';
import { makeRdd, partitionsRdd, shuffleOp, stepRdd } from './rdd-ops.ts';

/** How pairs are aggregated by key. */
export interface Aggregation {
  readonly partitioner: Partitioner;
  readonly ref: PartitionerRef;
  readonly aggregator: AggregatorRefs;
  readonly strategy?: AggregateStrategy;
}

/** One accumulator for each key: with or without combining before the shuffle, by the strategy, and by whether the aggregate can merge. */
export function aggregateByKeyRdd(scope: FunctionScope, parent: RddNode, aggregation: Aggregation): RddNode {
  const { aggregator, strategy = 'auto' } = aggregation;
  if (typeof strategy === 'object') return saltedByKeyRdd(scope, parent, aggregation, strategy.salts);
  if (aggregator.merge === null || strategy === 'hash' || strategy === 'split')
    return accumulatedRdd(scope, parent, aggregation, 'never', strategy !== 'hash');
  return accumulatedRdd(scope, parent, aggregation, strategy === 'combine' ? 'always' : 'measured', false);
}

/** Without a shuffle where the pairs lie where they belong. @param splits whether heavy keys may be split */
function accumulatedRdd(
  scope: FunctionScope,
  parent: RddNode,
  { partitioner, ref, aggregator }: Aggregation,
  combine: Combining,
  splits: boolean,
): RddNode {
  if (parent.partitioner !== null && samePartitioner(parent.partitioner, partitioner)) {
    const op = { kind: 'aggregate', parent, aggregator, merged: false } as const;
    return makeRdd(scope, op, parent.numPartitions, parent.partitioner);
  }
  const op = shuffleOp(parent, ref, { aggregator, combine, splits });
  return makeRdd(scope, op, partitioner.numPartitions, partitioner);
}

/**
 * One accumulator for each key in two shuffles: keys get a random prefix below `salts` and are combined with it, then without. Always moves
 * the pairs, also where they lie where they belong.
 */
export function saltedByKeyRdd(
  scope: FunctionScope,
  parent: RddNode,
  aggregation: Pick<Aggregation, 'partitioner' | 'ref' | 'aggregator'>,
  salts: number,
): RddNode {
  const { aggregator } = aggregation;
  const { numPartitions } = aggregation.partitioner;
  const salted = partitionsRdd(scope, parent, '!salt', { parameter: salts });
  const byHash = { partitioner: hashPartitioner(numPartitions), ref: { kind: 'hash', numPartitions } } as const;
  const partial = accumulatedRdd(scope, salted, { ...byHash, aggregator }, 'always', false);
  // What the first shuffle gave are accumulators, each of which is merged into a fresh one.
  const merging = { ...aggregator, add: aggregator.merge ?? aggregator.add };
  const unsalted = stepRdd(scope, partial, 'map', '!unsalt');
  return accumulatedRdd(scope, unsalted, { ...aggregation, aggregator: merging }, 'always', false);
}

/** Merges the accumulators of co-partitioned pairs: `[key, accumulator]` in, one for each key out. */
export function mergeByKeyRdd(scope: FunctionScope, parent: RddNode, aggregator: AggregatorRefs): RddNode {
  const op = { kind: 'aggregate', parent, aggregator, merged: true } as const;
  return makeRdd(scope, op, parent.numPartitions, parent.partitioner);
}
