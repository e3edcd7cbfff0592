/** Pieces of Simpson's rule for each of the two integrals. */
const PIECES = 100;

/**
 * The quantile of Student's t, found by halving on its distribution, which is integrated by Simpson's rule over an angle: with
 * t = √n · tan φ the density is a power of cos φ, smooth and bounded for every n. What is integrated is the tail, so that quantiles
 * close to 1 are as exact as others.
 *
 * @param p from 0.5 to 0.999999 @param freedom degrees of freedom, at least 1; fractions are allowed, as Welch's test has them
 */
export function studentQuantile(p: number, freedom: number): number {
  const n = Math.max(1, freedom);
  const whole = 2 * integral(n, 0);
  let low = 0;
  let high = Math.PI / 2;
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (integral(n, middle) / whole > 1 - p) low = middle;
    else high = middle;
  }
  return Math.sqrt(n) * Math.tan((low + high) / 2);
}

/** Of cos φ to the power of n - 1, from an angle to where the density ends, or is nothing any more. */
function integral(n: number, angle: number): number {
  // With t = √n · tan φ it falls at least like a normal density of the spread 1/√n does: 12 of them are further than any p here.
  const end = Math.min(Math.PI / 2, angle + 12 / Math.sqrt(n));
  const step = (end - angle) / PIECES;
  const at = (i: number) => Math.max(0, Math.cos(angle + i * step)) ** (n - 1);
  let sum = at(0) + at(PIECES);
  for (let i = 1; i < PIECES; i++) sum += at(i) * (i % 2 === 1 ? 4 : 2);
  return (sum * step) / 3;
}
