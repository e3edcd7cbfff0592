import type { NodeShape } from '../checkpoint/layout.ts';
import type { MigrationTarget } from '../checkpoint/migrate-state.ts';
import { planShape } from '../checkpoint/plan-shape.ts';
import type { BatchPlanner } from '../lineage/batch-planner.ts';
import type { PlanNode } from '../plan/node.ts';
import { partitionerOf } from '../plan/partitioning.ts';

/** Where migrated state goes: the partitions that its operator has now, and what of it may be taken as it is. */
export function migrationTarget(
  node: PlanNode,
  planner: BatchPlanner,
  saved: readonly NodeShape[],
  defaultParallelism: number,
): MigrationTarget {
  const [now] = planShape([node]);
  const before = saved.find(({ name }) => name === node.name);
  const { operator } = node;
  return {
    partitioner: partitionerOf(node, planner.scope(node, 0), defaultParallelism).partitioner,
    sameShape: before !== undefined && before.kind === now.kind && before.params === now.params,
    keepsPanes: operator.keepsPanes === true,
    givesState: operator.properties.partitionsByKey,
  };
}
