/** Pieces of Simpson's rule: more than six digits for what is asked here. */
const PIECES = 100;

/**
 * The quantile of Student's t, found by halving on its distribution, which is integrated by Simpson's rule over an angle: with
 * t = √n · tan φ the density is a power of cos φ, smooth and bounded for every n.
 *
 * @param p from 0.5 to 0.9999 @param freedom degrees of freedom, at least 1; fractions are allowed, as Welch's test has them
 */
export function studentQuantile(p: number, freedom: number): number {
  const n = Math.max(1, freedom);
  const half = integral(n, Math.PI / 2);
  let low = 0;
  let high = Math.PI / 2;
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (0.5 + integral(n, middle) / (2 * half) < p) low = middle;
    else high = middle;
  }
  return Math.sqrt(n) * Math.tan((low + high) / 2);
}

/** Of cos φ to the power of n - 1, from 0 to an angle. */
function integral(n: number, angle: number): number {
  const step = angle / PIECES;
  const at = (i: number) => Math.cos(Math.min(i * step, Math.PI / 2)) ** (n - 1);
  let sum = at(0) + at(PIECES);
  for (let i = 1; i < PIECES; i++) sum += at(i) * (i % 2 === 1 ? 4 : 2);
  return (sum * step) / 3;
}
