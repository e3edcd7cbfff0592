import { cost, generatedLines, throughput, underLatency, type Workload } from '@millrace/bench';
import { slidingCount } from '../floors/text.ts';
import { LINE_BYTES, makeLines, NEEDLE } from './text-lines.ts';

/*
 * The tasks of Zaharia and others, Discretized Streams (SOSP 2013): Grep, WordCount and TopKCount over a sliding window of 30
 * seconds, records of 100 bytes.
 */

const WINDOW_BATCHES = 30;
const WINDOW_MS = WINDOW_BATCHES * 1000;
const K = 10;
const common = {
  group: 'D-Streams',
  collections: ['full', 'dstreams'],
  input: generatedLines(makeLines(1)),
  batches: 8,
} as const;
/** The window in batches of `underLatency([1000])`, which are of half a second: where they are of a second, two windows. */
const PRELOAD = WINDOW_MS / 500;
/** Shorter batches would have windows of many more, which a load fills too slowly. */
const windowed = { measure: [throughput(), underLatency([1000]), cost()], preload: PRELOAD };
const FULL = `Windows are full before anything is timed; under a bound of latency a batch is of half a second, and the window of ${PRELOAD} batches.`;
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
  ...windowed,
  id: 'dstreams-word-count',
  title: 'WordCount over 30 seconds',
  about: `Lines of ${LINE_BYTES} bytes; after every batch of a second all words of the last 30 with their counts. ${FULL}`,
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
  ...windowed,
  id: 'dstreams-top-k',
  title: 'TopKCount over 30 seconds',
  about: `Lines of ${LINE_BYTES} bytes; after every batch of a second the ${K} most frequent words of the last 30. ${FULL}`,
  job: new URL('dstreams/top-k.job.ts', jobs),
  params: { windowMs: WINDOW_MS, k: K },
  batch: 10_000,
  reference: ({ k }) => {
    const counts = slidingCount(WINDOW_BATCHES, true);
    return (lines) => {
      counts.slide(wordsOf(lines));
      return [counts.top(k)];
    };
  },
};

/** The D-Streams trio. */
export const dstreamsWorkloads = [grep, wordCount, topKCount];
