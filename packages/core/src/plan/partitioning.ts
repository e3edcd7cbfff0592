import { customPartitioner, hashPartitioner, type Partitioner } from '../data/partitioner.ts';
import { error } from '../errors/index.ts';
import type { AnyFunction, FunctionScope } from '../lineage/function-scope.ts';
import type { PartitionerRef } from '../lineage/rdd-node.ts';
import { checkedPartitions } from '../lineage/rdd-ops.ts';
import type { PlanNode } from './node.ts';

/** How a key operation lays out its result: nothing (default parallelism), a number, or a partitioner. */
export interface Partitioning {
  readonly numPartitions?: number;
  readonly partitioner?: Partitioner;
}

/** A partitioning as plain data; a user's function is the index of one of the node's functions. */
export type PartitioningParams =
  | { readonly kind: 'default' }
  | { readonly kind: 'hash'; readonly numPartitions: number }
  | { readonly kind: 'custom'; readonly numPartitions: number; readonly name: string; readonly fn: number };

/** A partitioning for a node's params; registers a custom partitioner's function among `functions`. */
export function partitioningParams(options: Partitioning, functions: AnyFunction[]): PartitioningParams {
  if (typeof options !== 'object' || options === null) {
    throw error('MR_OPTION', {
      option: 'The options of a key operator',
      value: options,
      rule: 'must be an object, as in { numPartitions: 4 }',
    });
  }
  const { partitioner, numPartitions } = options;
  if (partitioner !== undefined) {
    if (partitioner.kind === 'hash') return { kind: 'hash', numPartitions: partitioner.numPartitions };
    functions.push((key: unknown) => partitioner.getPartition(key));
    return {
      kind: 'custom',
      numPartitions: partitioner.numPartitions,
      name: partitioner.name ?? partitioner.kind,
      fn: functions.length - 1,
    };
  }
  if (numPartitions === undefined) return { kind: 'default' };
  return { kind: 'hash', numPartitions: checkedPartitions('numPartitions', numPartitions) };
}

/** The partitioner that a node's params mean, and its address in lineage. */
export function partitionerOf(
  node: PlanNode,
  scope: FunctionScope,
  defaultParallelism: number,
): { readonly partitioner: Partitioner; readonly ref: PartitionerRef } {
  const params = node.params.partitioning as PartitioningParams;
  if (params.kind === 'custom') {
    const { numPartitions, name } = params;
    return {
      partitioner: customPartitioner(numPartitions, node.functions[params.fn], name),
      ref: { kind: 'custom', numPartitions, name, fn: scope.at(params.fn) },
    };
  }
  const numPartitions = params.kind === 'hash' ? params.numPartitions : defaultParallelism;
  return { partitioner: hashPartitioner(numPartitions), ref: { kind: 'hash', numPartitions } };
}
