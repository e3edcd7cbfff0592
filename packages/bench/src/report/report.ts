import type { Estimate } from '../stats/stats.ts';
import { type HeatMap, passes, type RatioDefinition, type Row, type Series } from '../suite.ts';
import type { Machine } from './machine.ts';

/** Version of the format of result files: `schema.json` beside this package describes it. */
export const SCHEMA = 2;

/** A ratio as it is reported. */
export interface ReportedRatio extends Estimate {
  readonly title: string;
  readonly direction: RatioDefinition['direction'];
  readonly bound: number;
  readonly pass: boolean;
  /** Measures it again. */
  readonly command: string;
}

/** A suite as it is reported. */
export interface ReportedSuite {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly about: string;
  readonly seconds: number;
  /** Measures it again. */
  readonly command: string;
  /** Why it has no figures; left out where it has. */
  readonly failure?: string;
}

/** All that the files of a run hold. */
export interface Report extends Machine {
  readonly schema: number;
  readonly title: string;
  /** When it began, ISO 8601. */
  readonly date: string;
  /** How the run was started. */
  readonly command: string;
  /** Flags that Node was given, on its command line and in NODE_OPTIONS. */
  readonly nodeFlags: readonly string[];
  /** Least counted runs of each contender. */
  readonly leastRuns?: number;
  /** In how many processes each suite was run; left out: one. */
  readonly processes?: number;
  readonly seconds: number;
  /** False where it was ended before all suites had run. */
  readonly complete: boolean;
  /** Ids of the suites that were to run and have not; left out where there are none. */
  readonly left?: readonly string[];
  /** Whether sizes are the smaller ones. */
  readonly quick: boolean;
  readonly method: string;
  readonly ratios: Readonly<Record<string, ReportedRatio>>;
  readonly suites: readonly ReportedSuite[];
  readonly rows: readonly Row[];
  readonly series: readonly Series[];
  /** Left out where there are none. */
  readonly heatMaps?: readonly HeatMap[];
}

/** Puts bounds and commands on the ratios that were measured, in the order of their definition. */
export function reportRatios(
  measured: Readonly<Record<string, Estimate>>,
  definitions: readonly RatioDefinition[],
  commandOf: (suite: string) => string,
): Record<string, ReportedRatio> {
  const out: Record<string, ReportedRatio> = {};
  for (const definition of definitions) {
    const estimate = measured[definition.id];
    if (estimate === undefined) continue;
    const { id, title, direction, bound, suite } = definition;
    out[id] = { ...estimate, title, direction, bound, pass: passes(definition, estimate), command: commandOf(suite) };
  }
  return out;
}
