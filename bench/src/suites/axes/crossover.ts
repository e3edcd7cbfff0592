/** Where on an axis one contender becomes as fast as another. */
export type Crossover =
  /** From this value on. */
  | { readonly kind: 'at'; readonly x: number }
  /** At all that were measured. */
  | { readonly kind: 'always' }
  /** Not at the highest one. */
  | { readonly kind: 'never' };

/**
 * From where on a contender is at least as fast, interpolated between the last point at which it is slower and the next: straight
 * over x, and in the logarithm of the ratio, in which twice and half as fast are equally far from equal.
 *
 * @param points ascending in x, with the contender's speed over the other's
 * @throws RangeError where there are none
 */
export function crossover(points: readonly (readonly [x: number, ratio: number])[]): Crossover {
  if (points.length === 0) throw new RangeError('a crossover of no points');
  const slower = points.findLastIndex(([, ratio]) => ratio < 1);
  if (slower < 0) return { kind: 'always' };
  const next = points[slower + 1];
  if (next === undefined) return { kind: 'never' };
  const [[x0, r0], [x1, r1]] = [points[slower]!, next];
  const share = -Math.log(r0) / (Math.log(r1) - Math.log(r0));
  return { kind: 'at', x: x0 + share * (x1 - x0) };
}
