import type { PlanNode } from './node.ts';
import { strategyOf } from './skew-option.ts';

/** What `explain` says of the values that a map task of an operator has before they move; null where it leaves them as they are. */
export function combiningOf(node: PlanNode): string | null {
  const { operator, params } = node;
  const { combinable, invertible, partitionsByKey } = operator.properties;
  if (!combinable || invertible || params.mergeable === false || params.mapSideCombine === false) return null;
  if (partitionsByKey !== true) return 'combined in each partition first';
  const strategy = strategyOf(node);
  if (strategy === 'auto') return 'combined before the shuffle where it pays';
  if (strategy === 'combine') return 'combined before the shuffle';
  return typeof strategy === 'object' ? 'combined by salted keys first' : null;
}
