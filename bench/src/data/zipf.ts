import { seededRandom } from '@millrace/bench';

/**
 * Draws ranks by Zipf's law: the rank r, from 0, comes 1 / (r + 1)^s as often as the first; evenly where s is 0.
 *
 * @param n how many ranks there are
 */
export function zipfRanks(n: number, s: number, seed: number): () => number {
  const random = seededRandom(seed);
  const sums = new Float64Array(n);
  for (let i = 0, sum = 0; i < n; i++) sums[i] = sum += 1 / (i + 1) ** s;
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
