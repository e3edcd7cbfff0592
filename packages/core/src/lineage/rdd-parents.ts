import type { RddNode } from './rdd-node.ts';

/** The lineage nodes that this one reads. */
export function parentsOf(node: RddNode): readonly RddNode[] {
  const { op } = node;
  switch (op.kind) {
    case 'source':
    case 'stateBefore':
    case 'stateLeaving':
      return [];
    case 'union':
    case 'zipUnion':
    case 'cogroup':
      return op.parents;
    case 'state':
      return op.initial === null ? op.parents : [...op.parents, op.initial];
    case 'cartesian':
      return [op.left, op.right];
    case 'probe':
      return [op.from, op.table];
    case 'partitions':
      return op.decision === null ? [op.parent] : [op.parent, op.decision.from];
    case 'shuffle':
      return op.partitionerRef.kind === 'range' ? [op.parent, op.partitionerRef.decision.from] : [op.parent];
    default:
      return [op.parent];
  }
}

/**
 * The lineage nodes that this one reads when it is computed: a window that has missed panes reads these, too, and state that moves what comes.
 * @param baseOf where states are
 */
export function readBy(node: RddNode, baseOf: (node: string) => number | null): readonly RddNode[] {
  const { op } = node;
  if (op.kind !== 'state') return parentsOf(node);
  const base = baseOf(op.node);
  const late = op.late?.(base) ?? [];
  const moves = op.moves?.(base) ?? null;
  return [...late.map(([, pane]) => pane), ...parentsOf(node), ...(moves === null ? [] : [moves.arriving])];
}

/**
 * Nodes bound to their partition that tasks of other numbers want to read, behind a union, say: they need tasks of their
 * own, whose partitions are kept.
 */
export function movedNodes(
  roots: readonly RddNode[],
  parents: (node: RddNode) => readonly RddNode[] = parentsOf,
): Set<RddNode> {
  const aligned = new Set<RddNode>();
  const others = new Set<RddNode>();
  const moved = new Set<RddNode>();
  const visit = (node: RddNode, same: boolean) => {
    const done = same ? aligned : others;
    if (done.has(node)) return;
    done.add(node);
    const bound = isBoundToPartition(node);
    if (bound && !same) moved.add(node);
    // In a task of its own it reads its parents under its own number.
    parents(node).forEach((parent, i) => {
      visit(parent, keepsNumber(node, parent, i, same || bound));
    });
  };
  for (const root of roots) visit(root, true);
  return moved;
}

/** Whether a task reads a parent's partition of its own number; behind a shuffle and for a decision there are other tasks. */
function keepsNumber({ op }: RddNode, parent: RddNode, index: number, same: boolean): boolean {
  switch (op.kind) {
    case 'union':
    case 'probe':
      return same && index === 0;
    case 'coalesce':
    case 'cartesian':
      return false;
    case 'shuffle':
      return true;
    case 'partitions':
      return same || parent !== op.parent;
    default:
      return same;
  }
}

/** True for nodes whose partitions can be computed only in a task of the same number, since that is where their state is. */
export function isBoundToPartition({ op }: RddNode): boolean {
  return op.kind === 'state' || op.kind === 'snapshot' || op.kind === 'stateBefore' || op.kind === 'stateLeaving';
}
