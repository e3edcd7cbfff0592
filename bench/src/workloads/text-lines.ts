import { seededRandom } from '@millrace/bench';

/** Of each line; the records of Discretized Streams (SOSP 2013) have as many. */
export const LINE_BYTES = 100;
const VOCABULARY = 50_000;
/** In every thousandth line. */
export const NEEDLE = 'millrace';

/** Draws ranks from 0 by Zipf's law with s = 1. */
function zipf(n: number, seed: number): () => number {
  const random = seededRandom(seed);
  const sums = new Float64Array(n);
  for (let i = 0, sum = 0; i < n; i++) sums[i] = sum += 1 / (i + 1);
  return () => {
    const at = random() * (sums[n - 1] as number);
    let low = 0;
    for (let high = n - 1; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] as number) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** The n-th line, of exactly 100 bytes. Words are drawn by Zipf's law with s = 1. */
export function makeLines(seed: number): (n: number) => string {
  const rank = zipf(VOCABULARY, seed);
  return (n) => {
    let line = n % 1000 === 0 ? NEEDLE : `w${rank().toString(36)}`;
    while (line.length < LINE_BYTES - 6) line += ` w${rank().toString(36)}`;
    return line.padEnd(LINE_BYTES, '.');
  };
}
