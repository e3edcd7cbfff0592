import { keyedTotals, topWords, wordCount } from './floors.ts';
import { linesOf, type RawBatch } from './plan.ts';

/** One piece of work, written by hand, for Millrace and for Spark Streaming. */
export interface Work {
  /** Makes the loop: a function from a batch to its output. */
  readonly loop: () => (batch: RawBatch) => readonly unknown[];
  /** Millrace's job. */
  readonly job: URL;
  readonly params?: Readonly<Record<string, number>>;
  /** How many records a batch delivers. */
  readonly delivered: (batch: RawBatch) => number;
  /** The Java class. */
  readonly main: string;
  /** Whether checkpoints are kept, on both sides. */
  readonly checkpoint: boolean;
}

/** All words of a batch with their counts. */
export const WORD_COUNT: Work = {
  loop: wordCount,
  job: new URL('./jobs/word-count.job.ts', import.meta.url),
  delivered: (batch) => wordCount()(batch).length,
  main: 'WordCount',
  checkpoint: false,
};

/** How many words are the most frequent ones, and of how many batches; the Java class has the same numbers. */
export const TOP = { k: 10, window: 10 } as const;

/** The most frequent words of a sliding window. */
export const TOP_WORDS: Work = {
  loop: () => topWords(TOP.k, TOP.window),
  job: new URL('./jobs/top-words.job.ts', import.meta.url),
  params: TOP,
  delivered: () => 1,
  main: 'TopWords',
  checkpoint: true,
};

/** State of each key. */
export const KEYED_TOTALS: Work = {
  loop: keyedTotals,
  job: new URL('./jobs/keyed-totals.job.ts', import.meta.url),
  delivered: linesOf,
  main: 'KeyedTotals',
  checkpoint: true,
};
