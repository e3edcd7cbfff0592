import type { AnyFunction } from '../../lineage/function-scope.ts';

/**
 * Spark's combiner begins with a first value, the engine's aggregate begins empty: the combiner in a box that is empty
 * until the first value came. Functions create, add, merge, finish.
 */
export function boxed<V, C>(
  createCombiner: (value: V) => C,
  mergeValue: (combiner: C, value: V) => C,
  mergeCombiners: (a: C, b: C) => C,
): readonly AnyFunction[] {
  return [
    (): C[] => [],
    (box: C[], value: V): C[] => {
      if (box.length === 0) box.push(createCombiner(value));
      else box[0] = mergeValue(box[0], value);
      return box;
    },
    (a: C[], b: C[]): C[] => {
      if (b.length === 0) return a;
      if (a.length === 0) return [b[0]];
      a[0] = mergeCombiners(a[0], b[0]);
      return a;
    },
    (box: C[]): C => box[0],
  ];
}
