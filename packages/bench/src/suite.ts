import type { WarmedUp } from './harness/warm-up.ts';
import type { Estimate } from './stats/stats.ts';

/** One measured figure of one contender. */
export interface Row extends Estimate {
  /** Id of its suite. */
  readonly suite: string;
  /** A contender's title, or what was measured beside them. */
  readonly contender: string;
  /** What was measured; rows of one metric share a chart. */
  readonly metric: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower' | 'neither';
  /** What has to be known of it, in a few words. */
  readonly note?: string;
  /** What the value must not exceed, where something is promised. */
  readonly limit?: number;
  /** The measured values, in the order in which they were measured: what `compare` works with. */
  readonly samples?: readonly number[];
  /** Where several processes have measured it: how many of the samples are of each, in their order. */
  readonly processes?: readonly number[];
  /** True where the machine was faster or slower for this contender than for others: see `Drift`. */
  readonly drifted?: boolean;
  /** How long a loop that is always the same took before its runs, in ms: how fast the machine was. */
  readonly loopMs?: number;
  /** How its contender was warmed up before the first of the samples; left out where it was not found out. */
  readonly warmUp?: WarmedUp;
  /** Where the value is a quantile: all values, as an HdrHistogram in its compressed form (V2, base64). */
  readonly histogram?: string;
}

/** Figures over time, or over sizes: a chart of lines. */
export interface Series {
  /** Id of its suite. */
  readonly suite: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  /** What happened where on the x axis. */
  readonly marks?: readonly { readonly x: number; readonly label: string }[];
}

/** An axis of a chart of lines. */
export interface Axis {
  readonly title: string;
  readonly unit: string;
  /** Left out: linear. */
  readonly scale?: 'linear' | 'log';
}

/** A line of a chart. */
export interface Line {
  readonly contender: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/**
 * Figures by two choices, such as a size and an operator: a chart of cells with the figure in each. Contenders have a map each, side by side, and all maps have
 * one scale of colours.
 */
export interface HeatMap {
  /** Id of its suite. */
  readonly suite: string;
  /** What the figures are, and of what: tables in Markdown have this above them, and the unit. */
  readonly title: string;
  /** What stands across. */
  readonly x: Choices;
  /** What stands down. */
  readonly y: Choices;
  /** What the figures are, as the scale of the colours says it; that scale may be `log`. */
  readonly value: Axis;
  readonly maps: readonly CellMap[];
}

/** What a side of a heat map has. */
export interface Choices {
  readonly title: string;
  readonly labels: readonly string[];
}

/** The cells of one contender. */
export interface CellMap {
  readonly contender: string;
  /** For each label down a list with the figure for each label across; null where nothing was measured. */
  readonly cells: readonly (readonly (number | null)[])[];
}

/** What a suite found. */
export interface SuiteResult {
  readonly rows: readonly Row[];
  /** Values of ratios, by their id; those count whose definition names this suite. */
  readonly ratios: Readonly<Record<string, Estimate>>;
  readonly series?: readonly Series[];
  readonly heatMaps?: readonly HeatMap[];
}

/** How a suite is to run. */
export interface SuiteContext {
  /** Smaller sizes. */
  readonly quick: boolean;
  /** Least counted runs of each contender. */
  readonly runs: number;
  /** Whether more runs are worth it: the intervals are still wide, and there is time. */
  goOn(samples: Iterable<readonly number[]>): boolean;
  /** Whether time is left of the budget; false without one. */
  hasTime(): boolean;
  /** Tells how far it is, 0 to 1, and with what. */
  progress(done: number, doing: string): void;
}

/** One workload with everything that is run on it. Each runs in a process of its own. */
export interface Suite {
  /** Letters, digits, dots and dashes. */
  readonly id: string;
  readonly title: string;
  /** Chapter of the report. */
  readonly group: string;
  /** What one run does, for the reports. */
  readonly about: string;
  /** The collections it belongs to, such as `quick` and `full`. Left out: `full` alone. */
  readonly collections?: readonly string[];
  /** Why it cannot run here, in a line; null if it can. Left out: it always can. */
  readonly needs?: () => string | null;
  /** Milliseconds after which it hangs if nothing is heard of it, where that is longer than for others: neither progress nor a batch of a job. */
  readonly silentMs?: number;
  run(context: SuiteContext): Promise<SuiteResult>;
}

/** A ratio that is promised, measured within one run. */
export interface RatioDefinition {
  readonly id: string;
  readonly title: string;
  /** Id of the suite that measures it. */
  readonly suite: string;
  readonly direction: 'at least' | 'at most';
  readonly bound: number;
}

/** Whether an estimate keeps a ratio's bound. */
export function passes({ direction, bound }: RatioDefinition, { value }: Estimate): boolean {
  return direction === 'at least' ? value >= bound : value <= bound;
}
