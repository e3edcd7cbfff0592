import type { Report } from '../report/report.ts';
import type { Row } from '../suite.ts';
import { SPREAD } from './drift.ts';
import { type Processes, type Ratio, ratioOf } from './ratio.ts';
import type { Estimate } from './stats.ts';

/** What can be said of a row in two results. */
export type Verdict = 'faster' | 'slower' | 'cannot tell';

/** A row that both results have. */
export interface ComparedRow extends Ratio {
  readonly suite: string;
  readonly contender: string;
  readonly metric: string;
  readonly unit: string;
  readonly before: Estimate;
  readonly after: Estimate;
  readonly verdict: Verdict;
  /** Whether the machine had changed, during one of the runs or between them: its interval is wider by so much. */
  readonly drifted: boolean;
  /** Whether its suite says of itself that it does something else than before: then nothing can be told. */
  readonly redefined: boolean;
}

/** Two results side by side. */
export interface Comparison {
  readonly rows: readonly ComparedRow[];
  /** Of how many rows something could be told: their intervals hold all together. */
  readonly judged: number;
  /** In what the results differ besides their programs, as `node: v24.1.0, then v24.2.0`: other machines, or other sizes. */
  readonly differences: readonly string[];
  /** Rows that only one of them has, as `suite: contender, metric`. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
}

/** Chance that equal programs have any row that is called faster or slower. */
const LEVEL = 0.05;
/** What is the same in two results of which only the programs differ. */
const SURROUNDINGS = ['cpuModel', 'cpus', 'platform', 'node', 'quick'] as const;

/**
 * Compares two results row by row. A row is faster or slower where the interval of its ratio leaves out 1: see `ratioOf`. Intervals are
 * as wide as is needed for all rows that are judged to be within theirs, together, in 95 of 100 comparisons (Bonferroni's
 * correction: of 36 rows at 95 % each, two programs that are equal would have a wrong one in most comparisons). So a
 * comparison of fewer rows sees smaller changes, and one of results that were measured in several processes (`--processes`) far
 * smaller ones. A row with a limit of 0, of what must not happen, is slower if it has happened once and had
 * not before, and one whose values are the same in every run is judged by any change, as a count is. A result that is compared with itself has ratios of 1, and nothing can be told.
 *
 * Where the machine had changed, intervals reach further by what it may have made of the values: what is twenty times slower is slower on
 * a machine that was a quarter slower as well. Nothing is told of rows whose suite says of itself that it does something else.
 *
 * @param before the result to compare with, @param after the one that is judged
 */
export function compareReports(before: Report, after: Report): Comparison {
  const rows = new Map(before.rows.map((row) => [nameOf(row), row]));
  const redefined = redefinedSuites(before, after);
  const pairs = after.rows.flatMap((row): Pair[] => {
    const earlier = rows.get(nameOf(row));
    if (earlier === undefined || row.better === 'neither') return [];
    return [{ before: earlier, after: row, allowance: allowanceOf(earlier, row), redefined: redefined.has(row.suite) }];
  });
  const judged = pairs.filter(isJudged).length;
  const names = new Set(after.rows.map(nameOf));
  return {
    rows: pairs.map((pair) => compareRows(pair, LEVEL / Math.max(1, judged))),
    judged,
    differences: SURROUNDINGS.filter((each) => before[each] !== after[each]).map(
      (each) => `${each}: ${before[each]}, then ${after[each]}`,
    ),
    onlyBefore: [...rows.keys()].filter((name) => !names.has(name)),
    onlyAfter: [...names].filter((name) => !rows.has(name)),
  };
}

/** A row of both. */
interface Pair {
  readonly before: Row;
  readonly after: Row;
  /** By how much the logarithms of its values may differ because of the machine. */
  readonly allowance: number;
  /** Whether it was something else. */
  readonly redefined: boolean;
}

const nameOf = ({ suite, contender, metric }: Row): string => `${suite}: ${contender}, ${metric}`;

function redefinedSuites(before: Report, after: Report): ReadonlySet<string> {
  const abouts = new Map(before.suites.map(({ id, about }) => [id, about]));
  return new Set(after.suites.filter(({ id, about }) => (abouts.get(id) ?? about) !== about).map(({ id }) => id));
}

/** Of a value alone nothing can be told. */
function isJudged({ before, after, redefined }: Pair): boolean {
  return !redefined && Math.min(samplesOf(before).length, samplesOf(after).length) > 1;
}

function compareRows(pair: Pair, level: number): ComparedRow {
  const { before, after, allowance, redefined } = pair;
  const { suite, contender, metric, unit, better } = after;
  const [earlier, later] = [samplesOf(before), samplesOf(after)];
  const [processes, others] = [processesOf(before), processesOf(after)];
  const ratio = ratioOf(processes, others, better === 'higher' ? 'higher' : 'lower', level, allowance);
  const failed = !redefined && after.limit === 0 && Math.max(...earlier) <= 0 && Math.max(...later) > 0;
  const told = ratio.low > 1 ? 'faster' : ratio.high < 1 ? 'slower' : 'cannot tell';
  return {
    suite,
    contender,
    metric,
    unit,
    before: plain(before),
    after: plain(after),
    ...ratio,
    verdict: failed ? 'slower' : isJudged(pair) ? told : 'cannot tell',
    drifted: allowance >= LEAST_ALLOWANCE,
    redefined,
  };
}

/** A smaller difference of the small loop is within its noise. */
const LEAST_ALLOWANCE = Math.log(1.1);

/** What the machine may have made of the values: what its small loop shows of it, and as much as is marked where it changed on the way. */
function allowanceOf(before: Row, after: Row): number {
  const [a, b] = [before.loopMs, after.loopMs];
  const between = a === undefined || b === undefined ? 0 : Math.abs(Math.log(a / b));
  const within = before.drifted === true || after.drifted === true ? Math.log(SPREAD) : 0;
  return between + within;
}

const plain = ({ value, low, high, runs }: Row): Estimate => ({ value, low, high, runs });
/** Rows without runs of their own have their value alone. */
const samplesOf = ({ samples, value }: Row): readonly number[] => samples ?? [value];

/** The samples of each process. */
function processesOf(row: Row): Processes {
  const samples = samplesOf(row);
  let at = 0;
  return (row.processes ?? [samples.length]).map((length) => samples.slice(at, (at += length)));
}
