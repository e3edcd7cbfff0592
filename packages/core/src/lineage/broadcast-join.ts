import type { JoinKind } from '../skew/join-plan.ts';
import type { JoinSide } from '../task/probe.ts';
import type { FunctionScope } from './function-scope.ts';
import type { RddNode } from './rdd-node.ts';
import { dealRdd, makeRdd } from './rdd-ops.ts';

/**
 * A join whose small side goes whole to every task that has records of the other one, which stay where they are: nothing of them is moved,
 * and no key weighs on anybody. The result lies as the large side does.
 *
 * The pairs of a key come in the order of the large side. With the right side small that is the order of every other join.
 *
 * @param kind which values may stand alone: not those of the small side, which no task could tell
 */
export function broadcastJoinRdd(
  scope: FunctionScope,
  [left, right]: readonly RddNode[],
  small: JoinSide,
  kind: JoinKind,
): RddNode {
  const [from, table] = small === 'right' ? [left, right] : [right, left];
  const gathered = dealRdd(scope, table, 1, small);
  const keepsAlone = small === 'right' ? kind.left : kind.right;
  return makeRdd(
    scope,
    { kind: 'probe', from, table: gathered, small, keepsAlone },
    from.numPartitions,
    from.partitioner,
  );
}
