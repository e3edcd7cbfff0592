import type { RddNode } from './rdd-node.ts';
import { isBoundToPartition, movedNodes, readBy } from './rdd-parents.ts';

/** Time of the batch whose changes of a stateful node have committed last; null before the first. */
export type StateBase = (node: string) => number | null;

/** How an action reads its lineage. Nodes whose partitions lie ready hide what is behind them. */
export interface Reads {
  /** How often each node is read. */
  readonly uses: ReadonlyMap<RddNode, number>;
  /** Nodes bound to their partition that tasks of other numbers want to read: they need tasks of their own. */
  readonly moved: ReadonlySet<RddNode>;
}

/** How an action that wants a node reads the lineage behind it. */
export function readsOf(target: RddNode, baseOf: StateBase): Reads {
  const parents = (node: RddNode) => readBy(node, baseOf);
  const uses = new Map<RddNode, number>();
  let bound = false;
  const visit = (node: RddNode) => {
    const before = uses.get(node) ?? 0;
    uses.set(node, before + 1);
    if (before > 0 || isReady(node)) return;
    if (isBoundToPartition(node)) bound = true;
    for (const parent of parents(node)) visit(parent);
  };
  visit(target);
  return { uses, moved: bound ? movedNodes([target], parents) : NOTHING_MOVED };
}

const NOTHING_MOVED: ReadonlySet<RddNode> = new Set();

/** True if every partition of a kept node lies ready. */
export function isReady(node: RddNode): boolean {
  return node.kept !== null && !node.kept.over && node.kept.handles.every((h) => h !== null);
}
