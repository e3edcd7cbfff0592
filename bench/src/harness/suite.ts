import type { Estimate } from '../stats/stats.ts';

/** Chapters of the report. */
export type Group = 'Moby Dick' | 'Flights' | 'Engine costs' | 'Live input' | 'Recovery';

/** One measured figure of one contender. */
export interface Row extends Estimate {
  readonly suite: string;
  /** A contender's title, or what was measured beside them. */
  readonly contender: string;
  readonly metric: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** What the value must not exceed, where something is promised. */
  readonly limit?: number;
}

/** What a suite found. */
export interface SuiteResult {
  readonly rows: readonly Row[];
  readonly ratios: Readonly<Record<string, Estimate>>;
}

/** How a suite is to run. */
export interface SuiteContext {
  /** Smaller sizes. */
  readonly quick: boolean;
  /** Counted runs of each contender. */
  readonly runs: number;
  /** Tells how far it is, 0 to 1, and with what. */
  progress(done: number, doing: string): void;
}

/** One workload with everything that is run on it. Each runs in a process of its own. */
export interface Suite {
  readonly id: string;
  readonly title: string;
  readonly group: Group;
  /** What one run does, for the reports. */
  readonly about: string;
  /** False: left out with --quick. */
  readonly quick: boolean;
  /** Why it cannot run here, in a line; null if it can. Left out: it always can. */
  readonly needs?: () => string | null;
  run(context: SuiteContext): Promise<SuiteResult>;
}
