import type { PlanNode } from './node.ts';
import type { PartitioningParams } from './partitioning.ts';

/**
 * Whether somebody behind a node relies on its records lying where their keys belong: an operator by key with the same partitioning, which
 * then needs no shuffle, or a window, which puts its panes together partition by partition. `transform` and outputs see no partitioning.
 *
 * @param consumersOf the nodes that read one
 * @param laidOutBy whose partitioning it is, where that is another node's
 */
export function isLayoutUsed(
  node: PlanNode,
  consumersOf: (node: PlanNode) => readonly PlanNode[],
  defaultParallelism: number,
  laidOutBy: PlanNode = node,
): boolean {
  const layout = layoutOf(laidOutBy, defaultParallelism);
  const isUsed = (produced: PlanNode): boolean =>
    consumersOf(produced).some((consumer) => {
      const { dependency, preservesPartitioning } = consumer.operator.properties;
      if (dependency === 'window') return true;
      if (preservesPartitioning) return isUsed(consumer);
      return (dependency === 'wide' || dependency === 'state') && layoutOf(consumer, defaultParallelism) === layout;
    });
  return isUsed(node);
}

/** Text that is the same for partitionings that place keys alike; null for a node that has none. */
function layoutOf({ params }: PlanNode, defaultParallelism: number): string | null {
  const partitioning = params.partitioning as PartitioningParams | undefined;
  if (partitioning === undefined) return null;
  if (partitioning.kind === 'custom') return `custom ${partitioning.name} ${partitioning.numPartitions}`;
  return `hash ${partitioning.kind === 'default' ? defaultParallelism : partitioning.numPartitions}`;
}

/** Who reads what, of some nodes. */
export function consumersIn(nodes: readonly PlanNode[]): (node: PlanNode) => readonly PlanNode[] {
  const consumers = new Map<PlanNode, PlanNode[]>();
  for (const node of nodes) {
    for (const input of node.inputs) {
      const known = consumers.get(input);
      if (known === undefined) consumers.set(input, [node]);
      else known.push(node);
    }
  }
  return (node) => consumers.get(node) ?? [];
}
