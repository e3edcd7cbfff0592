import { seededRandom } from '@millrace/bench';

/** How words are cut. */
export interface Shape {
  /** Words of a batch. */
  readonly batch: number;
  /** Batches of a window; it slides by one. */
  readonly window: number;
}

/** How words are drawn. */
export interface WordOptions {
  readonly count: number;
  readonly vocabulary: number;
  readonly seed: number;
}

/** What every peer is measured with. */
export const MEASURED: WordOptions & Shape = {
  count: 500_000,
  vocabulary: 10_000,
  seed: 42,
  batch: 10_000,
  window: 10,
};

/** Words of a Zipf distribution with exponent 1: the n-th word of the vocabulary comes 1/n as often as the first. */
export function zipfWords({ count, ...drawn }: WordOptions): string[] {
  const next = zipfWord(drawn);
  return Array.from({ length: count }, next);
}

/** Draws such words one by one. */
export function zipfWord({ vocabulary, seed }: Omit<WordOptions, 'count'>): () => string {
  const random = seededRandom(seed);
  const names = Array.from({ length: vocabulary }, (_, i) => `word${i}`);
  const sums = new Float64Array(vocabulary);
  let total = 0;
  for (let i = 0; i < vocabulary; i++) {
    total += 1 / (i + 1);
    sums[i] = total;
  }
  return () => names[firstAtLeast(sums, random() * total)]!;
}

/** Where sorted numbers reach a value. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}
