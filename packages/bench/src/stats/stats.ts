/** A value with its interval, and how many runs it comes from. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}

/** The middle of sorted or unsorted numbers; the mean of the two middle ones when there is no middle. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** A quantile, interpolated between neighbours (type 7, as R and NumPy do). @param q from 0 to 1 */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new RangeError('a quantile of nothing');
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * q;
  const below = Math.floor(at);
  const above = Math.ceil(at);
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (at - below);
}

/** A small seeded generator (mulberry32) of numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** How often values are drawn again for an interval. */
const RESAMPLES = 2000;

/**
 * The median with its 95 % bootstrap interval (percentile method): runs are drawn again with replacement, and the medians
 * of the draws are spread as wide as the runs leave the median uncertain. Seeded: the same values give the same interval.
 *
 * It is one of 95 % where the number of runs was fixed before. Where runs are added until it is narrow, as under a budget, they also end
 * where it is narrow by chance, and it covers the true median less often than that. `compareReports` has intervals of its own.
 */
export function estimate(values: readonly number[], seed = 1): Estimate {
  const random = seededRandom(seed);
  const n = values.length;
  const medians = new Array<number>(RESAMPLES);
  const draw = new Array<number>(n);
  for (let r = 0; r < RESAMPLES; r++) {
    for (let i = 0; i < n; i++) draw[i] = values[Math.floor(random() * n)]!;
    medians[r] = median(draw);
  }
  return { value: median(values), low: quantile(medians, 0.025), high: quantile(medians, 0.975), runs: n };
}

/** The ratio of values that belong together pair by pair, as runs of one round do. @throws RangeError on unequal lengths */
export function pairRatios(over: readonly number[], under: readonly number[]): number[] {
  if (over.length !== under.length) throw new RangeError(`pairs of ${over.length} and ${under.length} values`);
  return over.map((value, i) => value / under[i]!);
}
