import { generatedLines, seededRandom, type Workload } from '@millrace/bench';
import { slidingCount, topOf } from '../floors/text.ts';

/*
 * The tasks of Zaharia and others, Discretized Streams (SOSP 2013): Grep, WordCount and TopKCount over a sliding window of 30
 * seconds, records of 100 bytes. Words are drawn by Zipf's law with s = 1.
 */

export const LINE_BYTES = 100;
const VOCABULARY = 50_000;
const WINDOW_BATCHES = 30;
const WINDOW_MS = WINDOW_BATCHES * 1000;
const K = 10;
/** In every thousandth line. */
const NEEDLE = 'millrace';

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

/** Lines of exactly 100 bytes. */
export function makeLines(seed: number): (n: number) => string {
  const rank = zipf(VOCABULARY, seed);
  return (n) => {
    let line = n % 1000 === 0 ? NEEDLE : `w${rank().toString(36)}`;
    while (line.length < LINE_BYTES - 6) line += ` w${rank().toString(36)}`;
    return line.padEnd(LINE_BYTES, '.');
  };
}

const common = {
  group: 'D-Streams',
  collections: ['full', 'dstreams'],
  input: generatedLines(makeLines(1)),
  batches: 8,
} as const;
const jobs = new URL('../jobs/', import.meta.url);
/** All words of some lines. */
export const wordsOf = (lines: readonly string[]) => lines.flatMap((line) => line.split(' '));

const grep: Workload<string, string, { text: string }> = {
  ...common,
  id: 'dstreams-grep',
  title: 'Grep',
  about: `Lines of ${LINE_BYTES} bytes, of which one of a thousand is wanted.`,
  job: new URL('grep.job.ts', jobs),
  params: { text: NEEDLE },
  batch: 100_000,
  reference:
    ({ text }) =>
    (lines) =>
      lines.filter((line) => line.includes(text)),
};

const wordCount: Workload<string, [string, number], { windowMs: number }> = {
  ...common,
  id: 'dstreams-word-count',
  title: 'WordCount over 30 seconds',
  about: `Lines of ${LINE_BYTES} bytes; after every batch of a second all words of the last 30 with their counts.`,
  job: new URL('dstreams/word-count.job.ts', jobs),
  params: { windowMs: WINDOW_MS },
  batch: 10_000,
  reference: () => {
    const counts = slidingCount(WINDOW_BATCHES, true);
    return (lines) => {
      counts.slide(wordsOf(lines));
      return counts.all();
    };
  },
};

const topKCount: Workload<string, readonly [string, number][], { windowMs: number; k: number }> = {
  ...common,
  id: 'dstreams-top-k',
  title: 'TopKCount over 30 seconds',
  about: `Lines of ${LINE_BYTES} bytes; after every batch of a second the ${K} most frequent words of the last 30.`,
  job: new URL('dstreams/top-k.job.ts', jobs),
  params: { windowMs: WINDOW_MS, k: K },
  batch: 10_000,
  reference: ({ k }) => {
    const counts = slidingCount(WINDOW_BATCHES, true);
    return (lines) => {
      counts.slide(wordsOf(lines));
      return [topOf(new Map(counts.all()), k)];
    };
  },
};

/** The D-Streams trio. */
export const dstreamsWorkloads = [grep, wordCount, topKCount];
