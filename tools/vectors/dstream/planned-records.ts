import type { FunctionScope } from '../../../packages/core/src/lineage/function-scope.ts';
import type { RddNode } from '../../../packages/core/src/lineage/rdd-node.ts';
import type { AnyFunction } from '../expression.ts';

/**
 * The records of a batch that is not computed yet, as far as they follow from records on the driver by operators on single
 * records; null where they do not.
 */
export function plannedRecords({ op, scope }: RddNode): unknown[] | null {
  switch (op.kind) {
    case 'source':
      return op.partitions.every((p) => p.kind === 'live') ? op.partitions.flatMap((p) => p.records) : null;
    case 'union': {
      const parents = op.parents.map(plannedRecords);
      return parents.includes(null) ? null : (parents as unknown[][]).flat();
    }
    case 'step': {
      const records = plannedRecords(op.parent);
      const fn = functionAt(scope, op.fn);
      if (records === null || fn === null) return null;
      if (op.step === 'map') return records.map((r) => fn(r));
      if (op.step === 'filter') return records.filter((r) => fn(r));
      if (op.step === 'flatMap') return records.flatMap((r) => [...fn(r)]);
      const pairs = records as [unknown, unknown][];
      if (op.step === 'mapValues') return pairs.map(([k, v]) => [k, fn(v)]);
      return pairs.flatMap(([k, v]) => [...fn(v)].map((w) => [k, w]));
    }
    default:
      return null;
  }
}

function functionAt(scope: FunctionScope, address: string): AnyFunction | null {
  return address.startsWith(`${scope.id}#`) ? scope.functions[Number(address.slice(scope.id.length + 1))] : null;
}
