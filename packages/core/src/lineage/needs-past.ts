import type { RddNode } from './rdd-node.ts';
import { parentsOf } from './rdd-parents.ts';

/** True if a batch's lineage reads what earlier batches left: state, or partitions kept for windows. */
export function needsPast(rdd: RddNode, seen = new Set<RddNode>()): boolean {
  if (seen.has(rdd)) return false;
  seen.add(rdd);
  if (rdd.op.kind === 'state' || rdd.op.kind === 'snapshot' || rdd.kept !== null) return true;
  return parentsOf(rdd).some((parent) => needsPast(parent, seen));
}
