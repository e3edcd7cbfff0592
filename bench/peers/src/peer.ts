import type { Shape } from './words.ts';

/** Words with their counts; each word once, words that are gone left out. */
export type Counts = readonly (readonly [word: string, count: number])[];

/** Takes the counts of the window after a batch. */
export type Deliver = (counts: Counts) => void;

/** One way to count words over a sliding window. */
export interface Peer {
  readonly id: string;
  /** As reports show it; says so where the aggregation or the window is not the library's. */
  readonly title: string;
  start(shape: Shape): Program | Promise<Program>;
}

/** A peer that has started. */
export interface Program {
  /** Counts words that are in memory, batch by batch, and delivers the window after each. The window must be empty before: see `empty`. */
  run(words: readonly string[], deliver: Deliver): void | Promise<void>;
  /** Empties the window, which outlives a run; called between one run and the next. Left out: each run makes a window of its own. */
  empty?(): Promise<void>;
  close?(): Promise<void>;
}
