import type { Group, Row } from '../harness/suite.ts';
import type { Estimate } from '../stats/stats.ts';
import type { Machine } from './machine.ts';
import { passes, type RatioDefinition, ratioDefinitions } from './ratios.ts';

/** Version of the format of `latest.json`. */
export const SCHEMA = 1;

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
  readonly group: Group;
  readonly about: string;
  readonly seconds: number;
  readonly command: string;
}

/** All that the files of a run hold. */
export interface Report extends Machine {
  readonly schema: number;
  readonly date: string;
  /** How the run was started. */
  readonly command: string;
  readonly seconds: number;
  readonly method: string;
  readonly ratios: Readonly<Record<string, ReportedRatio>>;
  readonly suites: readonly ReportedSuite[];
  readonly rows: readonly Row[];
}

/** The command that repeats a suite. */
export function commandOf(suite: string, flags: readonly string[]): string {
  return ['npx nx run bench --', '--only', suite, ...flags].join(' ');
}

/** Puts bounds and commands on the ratios that were measured, in the order of their definition. */
export function reportRatios(
  measured: Readonly<Record<string, Estimate>>,
  flags: readonly string[],
): Record<string, ReportedRatio> {
  const out: Record<string, ReportedRatio> = {};
  for (const definition of ratioDefinitions) {
    const estimate = measured[definition.id];
    if (estimate === undefined) continue;
    const { id, title, direction, bound, suite } = definition;
    out[id] = {
      ...estimate,
      title,
      direction,
      bound,
      pass: passes(definition, estimate),
      command: commandOf(suite, flags),
    };
  }
  return out;
}
