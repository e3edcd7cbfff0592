import type { BucketTable } from '../data/bucket-table.ts';
import { bucketPartitioner } from '../data/partitioner.ts';
import { error } from '../errors/index.ts';
import type { FunctionScope } from '../lineage/function-scope.ts';
import { isLayoutUsed } from './layout-use.ts';
import type { PlanNode } from './node.ts';
import { type PartitioningParams, partitionerOf } from './partitioning.ts';

/**
 * Where the keys of a state lie.
 *
 * - `'auto'`, which is the default: where their hash sends them; when some partitions get more records than others, batch after batch, groups of
 *   keys move to those that get fewer, with their state. Not where an operator behind relies on the keys lying where they are
 * - `'hash'`: where their hash sends them, whatever that partition gets, and nobody looks how much it is
 */
export type StatePlacement = 'auto' | 'hash';

/** Options of operators whose state may move. Results for each key are the same with both; in which partition, and so in which order, they come is not. */
export interface PlacementOptions {
  readonly skew?: StatePlacement;
}

const PLACEMENTS: readonly unknown[] = ['auto', 'hash'] satisfies readonly StatePlacement[];

/** Checks an operator's placement. @throws MR_OPTION */
export function checkedPlacement(operator: string, skew: StatePlacement = 'auto'): StatePlacement {
  if (PLACEMENTS.includes(skew)) return skew;
  throw error('MR_OPTION', { option: `${operator}: skew`, value: skew, rule: "must be 'auto' or 'hash'" });
}

/** A placement for a node's params: what is the default is left out, so that a checkpoint of a version without it is the same job's. */
export function placementParams(placement: StatePlacement): { readonly placement?: StatePlacement } {
  return placement === 'auto' ? {} : { placement };
}

/** What becomes of the keys of a state. */
export type Mobility =
  /** They move with the load. */
  | 'moves'
  /** They lie where their hash sends them, and go back there if they do not. */
  | 'home'
  /** They stay where they are: nothing could bring them elsewhere. */
  | 'stays';

/** @param consumersOf the nodes that read one */
export function mobilityOf(
  node: PlanNode,
  consumersOf: (node: PlanNode) => readonly PlanNode[],
  defaultParallelism: number,
): Mobility {
  const { operator, params } = node;
  const { kind } = params.partitioning as PartitioningParams;
  // Rows of a store are by partition; panes of a window come combined, each key once; keys that change partition by themselves have no place.
  const isBound = params.stored === true || operator.movesState?.(node) !== true || kind === 'custom';
  if (isBound) return 'stays';
  if (params.placement === 'hash') return 'home';
  const givesLayout = operator.properties.partitionsByKey && params.rememberPartitioner !== false;
  const likeIt = consumersOf(node).filter((consumer) => consumer.operator.laidOutLike?.(consumer) === node);
  const isUsed =
    (givesLayout && isLayoutUsed(node, consumersOf, defaultParallelism)) ||
    likeIt.some((consumer) => isLayoutUsed(consumer, consumersOf, defaultParallelism, node));
  return isUsed ? 'home' : 'moves';
}

/** The partitioner of a state by a table, null: that of its params; and its address in lineage. */
export function statePartitioner(
  node: PlanNode,
  scope: FunctionScope,
  planner: { readonly defaultParallelism: number; tableAt(node: string, time: number): BucketTable | null },
  time: number,
): ReturnType<typeof partitionerOf> {
  const by = partitionerOf(node, scope, planner.defaultParallelism);
  const table = by.partitioner.kind === 'hash' ? planner.tableAt(node.name, time) : null;
  if (table === null) return by;
  const { numPartitions } = by.partitioner;
  const partitioner = bucketPartitioner(numPartitions, table);
  return partitioner.kind === 'hash' ? by : { partitioner, ref: { kind: 'buckets', numPartitions, table } };
}
